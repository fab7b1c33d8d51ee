-- When a lead was first called: by whoever, whether or not somebody answered. A call that the person made is none, and
-- neither is one that was logged by mistake.
create function core.first_call_at(p_workspace_id int, p_lead_id uuid) returns timestamptz
language sql stable
return (
  select c.at from crm.activities c
  where c.lead_id = p_lead_id and c.workspace_id = p_workspace_id and c.kind = 'call' and c.withdrawn_at is null
    and c.direction is distinct from 'in'
  order by c.at limit 1);

comment on function core.first_call_at(int, uuid) is 'When a lead was first called; null: never.';

create function core.in_time_seconds() returns int
language sql immutable parallel safe
return 300;

comment on function core.in_time_seconds() is
  'A lead that is called so many seconds after it came, or sooner, is called in time.';

create function core.is_called(p_created_at timestamptz, p_first_call_at timestamptz, p_how text) returns boolean
language sql immutable parallel safe
return case p_how when 'no' then p_first_call_at is null when 'yes' then p_first_call_at is not null
  else coalesce(p_first_call_at < p_created_at + (core.in_time_seconds() + 1) * interval '1 second', false) end;

comment on function core.is_called(timestamptz, timestamptz, text) is
  'Whether a lead was called: no, yes, or in_time.';
