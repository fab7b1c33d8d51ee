-- A name of a city may be of several states, postal codes tell states, and a lead says between which states it stands.
-- depends: 0024.strongest_evidence
-- squawk-ignore-file adding-not-nullable-field, adding-serial-primary-key-field, ban-drop-constraint, constraint-missing-not-valid, disallowed-unique-constraint, require-concurrent-index-creation
--
-- The leads are read once, for the two checks: about a second for a million.

-- Filled again in the same step, by the loader, with what was not there before.
delete from crm.place_names;
alter table crm.place_names
  drop constraint place_names_pkey,
  drop constraint place_names_kind_check,
  add constraint place_names_kind_check check (kind in ('state', 'city', 'postal_code')),
  add primary key (country, kind, key, state_name);
create unique index place_names_state_key on crm.place_names (country, key) where kind = 'state';

comment on table crm.place_names is
  'Reference: every known name of a state or city and every telling beginning of a postal code, and the states it may '
  'mean. Filled at deploy.';
comment on column crm.place_names.kind is 'What the name is of: a state, a city, or a postal code''s beginning.';
comment on column crm.place_names.key is
  'The name without case, accents, spaces and punctuation: see core.place_key(). Of a postal code, the first letters '
  'and digits that tell the state; the longest counts.';
comment on column crm.place_names.state_name is
  'The state it is or lies in. A state''s name is of one alone; a city''s or a postal code may have a row for each.';

alter table crm.countries add column postal_pattern text;
comment on column crm.countries.postal_pattern is
  'How postal codes are written, as a regular expression, where crm.place_names has them; null elsewhere.';

alter table crm.leads
  add column possible_states text[],
  drop constraint leads_state_from_known,
  drop constraint leads_state_has_origin,
  add constraint leads_state_from_known check (state_from in ('state', 'postal_code', 'city')),
  add constraint leads_state_has_origin check ((coalesce(state, possible_states[1]) is null) = (state_from is null));

comment on column crm.leads.state_from is
  'How the state was found, or between which states it stands: from the state, the postal code in the metadata, or the '
  'city; null when nothing tells.';
comment on column crm.leads.possible_states is
  'While the state is not known: the states that what the lead says fits. Aurangabad is in Bihar and in Maharashtra.';
