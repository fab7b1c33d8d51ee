-- Which version of a thing somebody has seen. An edit that names it is refused when somebody else was faster.
--
-- The etag is a digest of what the API shows of the thing, without what changes by itself (counts, standings, what is
-- known of a lead's contact, the words of an explanation, a new key it is sealed with), so that it stays while nobody
-- edits anything.
create function core.with_etag(p_thing jsonb) returns jsonb
language sql stable parallel safe
return p_thing || jsonb_build_object('etag', left(encode(sha256(convert_to((p_thing
  - '{etag,leads_today,last_lead_at,old_keys_until,assigned_today,duplicates_today,open_leads,standing}'::text[]
  - '{updated_at,contact,explanation,sealed}'::text[])::text, 'UTF8')), 'hex'), 16));

comment on function core.with_etag(jsonb) is
  'The JSON of a caller, rule, lead, source or workspace with the field "etag", which changes whenever somebody edits '
  'it.';
