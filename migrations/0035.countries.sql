-- In which country a lead says that it is counts for its place.
-- depends: 0034.shared_numbers
-- squawk-ignore-file require-concurrent-index-creation

alter table crm.countries add column codes text[] not null default '{}';
comment on column crm.countries.codes is 'ISO 3166-1 codes of two and three letters, in capitals.';

-- A state's name is looked for in all countries.
create index states_slug_idx on crm.states (slug);
