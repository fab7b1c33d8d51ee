-- A source says in which zone and order its senders write dates, and an import how those of its column are read.
-- depends: 0026.kinds
-- squawk-ignore-file constraint-missing-not-valid

alter table crm.sources
  add column timezone text,
  add column date_order text constraint sources_date_order_known check (date_order in ('day_first', 'month_first', 'year_first'));
comment on column crm.sources.timezone is
  'IANA name of the zone that its times without an offset are in; null: the workspace''s. A date alone is one of the workspace''s days.';
comment on column crm.sources.date_order is
  'What comes first in its dates of three numbers, and what does not fit is no date; null: as in the workspace''s country.';

alter table crm.imports
  add column date_order text constraint imports_date_order_known check (date_order in ('day_first', 'month_first', 'year_first'));
comment on column crm.imports.date_order is
  'What comes first in the dates of its column, as found from all of them or chosen; null: none are of three numbers.';
