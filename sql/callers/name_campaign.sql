-- A campaign is a name that leads come with (metadata.campaign), callers who work for it, and mostly a rule by which
-- its leads are dealt to them, before the plan. One without a rule, or without callers, has its leads go by the plan.
--
-- Locks: the turnstile, by whatever makes or changes something. Callers may be locked before it, as in
-- api.update_caller().
create function routing.find_campaign(p_workspace_id int, p_campaign_id int, p_missing text default 'LD404')
returns crm.campaigns
language plpgsql stable
as $$
declare
  v_campaign crm.campaigns;
begin
  select g.* into v_campaign from crm.campaigns g where g.workspace_id = p_workspace_id and g.id = p_campaign_id;
  if not found then
    raise exception 'There is no campaign %', p_campaign_id using errcode = p_missing, column = 'campaign';
  elsif v_campaign.archived_at is not null then
    raise exception 'The campaign % is archived', v_campaign.name using errcode = 'LD409', column = 'campaign',
      hint = 'Make a new campaign instead.';
  end if;
  return v_campaign;
end
$$;

comment on function routing.find_campaign(int, int, text) is
  'A campaign that runs. LD404 (or p_missing) when there is none, LD409 when it is archived.';

create function routing.find_campaign_named(p_workspace_id int, p_name text) returns crm.campaigns
language plpgsql stable
as $$
declare
  v_campaign crm.campaigns;
begin
  select g.* into v_campaign from crm.campaigns g
  where g.workspace_id = p_workspace_id and g.key = core.slug(p_name) and g.archived_at is null;
  return v_campaign;
end
$$;

comment on function routing.find_campaign_named(int, text) is
  'The campaign that goes by this name, in whatever spelling; null when there is none.';

create function routing.name_campaign(p_workspace_id int, p_name text, p_strategy text default null)
returns crm.campaigns
language plpgsql volatile
as $$
declare
  v_campaign crm.campaigns := routing.find_campaign_named(p_workspace_id, p_name);
begin
  if v_campaign.id is null then
    if core.slug(p_name) = '' then
      raise exception 'The name "%" has no letter or digit', p_name
        using errcode = 'LD422', column = 'name', hint = 'Call the campaign something such as Diwali 2026.';
    end if;
    perform core.take_turnstile(p_workspace_id);
    with made as (
      insert into crm.campaigns (workspace_id, key, name, created_at, created_by)
      values (p_workspace_id, core.slug(p_name), trim(p_name), core.current_time(), core.current_actor())
      on conflict (key, workspace_id) where archived_at is null do nothing
      returning *
    ),
    rule as (  -- of one statement, so that the event of its making has it
      insert into crm.rules (workspace_id, campaign_id, step, name, attributes, strategy, on_exhausted)
      select r.workspace_id, r.campaign_id, r.step, r.name, r.attributes, r.strategy, r.on_exhausted
      from made m cross join lateral routing.rule_for(m, p_strategy) r
    )
    select m.* into v_campaign from made m;
    if not found then  -- somebody was faster, and the turnstile's turn is ours now
      v_campaign := routing.find_campaign_named(p_workspace_id, p_name);
      perform routing.deal_campaign(v_campaign, p_strategy);
    end if;
  elsif p_strategy is not null then
    perform routing.deal_campaign(v_campaign, p_strategy);
  end if;
  return v_campaign;
end
$$;

comment on function routing.name_campaign(int, text, text) is
  'The campaign that goes by this name; it is made if need be, with its rule. A strategy, if given, is what it deals '
  'by from now on; for a new one random unless given. LD422 (column name) for a name without a letter or digit.';

-- Before the plan, each at a step of its own, so that the steps of the plan are what they were.
create function routing.rule_for(p_campaign crm.campaigns, p_strategy text) returns crm.rules
language sql stable
return jsonb_populate_record(null::crm.rules, jsonb_build_object(
  'workspace_id', p_campaign.workspace_id, 'campaign_id', p_campaign.id, 'step', -p_campaign.id,
  'name', left('Campaign ' || p_campaign.name, 100), 'attributes', '{campaign}'::text[],
  'strategy', coalesce(p_strategy, 'random'), 'on_exhausted', 'queue'));

comment on function routing.rule_for(crm.campaigns, text) is
  'The rule of a campaign as it is made: random unless another strategy is given.';

create function routing.deal_campaign(p_campaign crm.campaigns, p_strategy text default null) returns void
language plpgsql volatile
as $$
begin
  perform core.take_turnstile(p_campaign.workspace_id);
  insert into crm.rules (workspace_id, campaign_id, step, name, attributes, strategy, on_exhausted)
  select r.workspace_id, r.campaign_id, r.step, r.name, r.attributes, r.strategy, r.on_exhausted
  from routing.rule_for(p_campaign, p_strategy) r
  on conflict (campaign_id, workspace_id) where archived_at is null do nothing;
  if not found and p_strategy is not null then
    update crm.rules r set strategy = p_strategy
    where r.workspace_id = p_campaign.workspace_id and r.campaign_id = p_campaign.id and r.archived_at is null
      and r.strategy <> p_strategy;
  end if;
end
$$;

comment on function routing.deal_campaign(crm.campaigns, text) is
  'Gives a campaign its rule if it has none yet, random unless another strategy is given; sets the strategy of the '
  'one it has if one is given.';

-- One event for each caller, by the triggers on the table.
create function routing.assign_callers(p_campaign crm.campaigns, p_callers uuid[]) returns int
language plpgsql volatile
as $$
declare
  v_stranger uuid;
  v_added int;
begin
  perform core.take_turnstile(p_campaign.workspace_id);
  select w.id into v_stranger from unnest(p_callers) w (id)
  where not exists (select from crm.callers c
    where c.workspace_id = p_campaign.workspace_id and c.id = w.id and c.archived_at is null) limit 1;
  if found then
    raise exception 'There is no caller %', v_stranger
      using errcode = 'LD422', column = 'callers',
        hint = 'Choose callers who are there; an archived one gets no leads.';
  end if;
  perform routing.deal_campaign(p_campaign);
  insert into crm.campaign_assignees (workspace_id, campaign_id, caller_id, added_at, added_by)
  select distinct p_campaign.workspace_id, p_campaign.id, w.id, core.current_time(), core.current_actor()
  from unnest(p_callers) w (id)
  on conflict do nothing;
  get diagnostics v_added = row_count;
  return v_added;
end
$$;

comment on function routing.assign_callers(crm.campaigns, uuid[]) is
  'Has these callers work for a campaign, which gets a rule if it had none, and says how many did not yet. LD422 '
  '(column callers) for one who is not there or is archived.';
