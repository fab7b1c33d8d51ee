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
