-- What verify() answers with.
create type routing.violation as (workspace_id int, violation text, lead_id uuid, caller_id uuid, deal_id bigint,
  seq bigint, detail text);
comment on type routing.violation is 'Something in the record that cannot be right.';
