-- A sender's timestamp. With an offset it is that moment; without one it is local time in the workspace.
-- Errors: 22007 or 22008 for a text that is no timestamp; the gateway has checked it before.
create function core.read_timestamp(p_text text, p_timezone text) returns timestamptz
language sql stable
return case
  when p_text is null then null
  when p_text ~ ':\d\d.*(Z|[+-]\d\d(:?\d\d)?)$' then p_text::timestamptz
  else p_text::timestamp at time zone p_timezone
end;

comment on function core.read_timestamp(text, text) is
  'A timestamp in ISO 8601; without an offset it is in the given timezone.';

-- A time that is only a date, of 10 characters, has no zone of its own: it is one of the workspace's days, and stored
-- as the moment at which that begins, by which it is known as a date later.
create function core.read_lead_time(p_text text, p_source_timezone text, p_timezone text) returns timestamptz
language sql stable
return core.read_timestamp(p_text,
  case when length(p_text) > 10 then coalesce(p_source_timezone, p_timezone) else p_timezone end);

comment on function core.read_lead_time(text, text, text) is
  'A lead''s timestamp in ISO 8601: without an offset it is in the zone of its source, if that has one, or else of the '
  'workspace; a date alone is a day of the workspace.';
