-- What is named beside a place tells more of it: a region that reaches beyond one state, or another country.
-- depends: 0029.people
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid, require-concurrent-index-creation

alter table crm.place_names
  drop constraint place_names_kind_check,
  add constraint place_names_kind_check check (kind in ('state', 'city', 'region', 'postal_code'));

comment on table crm.place_names is
  'Reference: every known name of a state, city or region and every telling beginning of a postal code, and the states '
  'it may mean. Filled at deploy.';
comment on column crm.place_names.kind is
  'What the name is of: a state, a city, a region, or a postal code''s beginning. A region''s is a state''s, too: of '
  'the one that it means alone.';
comment on column crm.place_names.state_name is
  'The state it is or lies in. A state''s name is of one alone; a city''s, a region''s or a postal code may have a row '
  'for each.';

alter table crm.countries add column keys text[] collate "C" not null default '{}';
comment on column crm.countries.keys is 'Its names as core.place_key() reduces them.';
create index countries_keys_idx on crm.countries using gin (keys);
