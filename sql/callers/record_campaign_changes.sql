-- Who made a campaign, and who ended it. How its leads are dealt is its rule's to tell, who works for it the callers'.
--
-- Locks: the turnstile, after the row locks of the changed campaigns; the functions of api pass it before.
create function routing.campaign_snapshot(p_campaign crm.campaigns) returns jsonb
language sql immutable parallel safe
return jsonb_build_object('campaign_id', p_campaign.id, 'name', p_campaign.name, 'archived',
  p_campaign.archived_at is not null);

comment on function routing.campaign_snapshot(crm.campaigns) is 'A campaign as the event log keeps it.';

create function routing.record_campaign_changes() returns trigger
language plpgsql
as $$
declare
  v_campaign crm.campaigns;
  v_last jsonb;
  v_now jsonb;
begin
  for v_campaign in select c.* from changed c order by c.workspace_id, c.id loop
    perform core.take_turnstile(v_campaign.workspace_id);
    v_now := routing.campaign_snapshot(v_campaign);
    v_last := (
      select e.data from crm.events e
      where e.data ->> 'campaign_id' = v_campaign.id::text and e.kind like 'campaign.%'
        and e.workspace_id = v_campaign.workspace_id
      order by e.seq desc limit 1);
    continue when v_now = v_last;
    perform core.write_event(v_campaign.workspace_id,
      case when v_last is null then 'campaign.created'
           when (v_now ->> 'archived')::boolean and not (v_last ->> 'archived')::boolean then 'campaign.archived'
           else 'campaign.updated' end,
      null, null, v_now);
  end loop;
  return null;
end
$$;

comment on function routing.record_campaign_changes() is
  'Trigger: writes an event with the campaign as it now is, for each campaign a statement really changed.';

create trigger record_campaign_insert after insert on crm.campaigns
referencing new table as changed for each statement execute function routing.record_campaign_changes();
create trigger record_campaign_update after update on crm.campaigns
referencing new table as changed for each statement execute function routing.record_campaign_changes();
