-- Contacts: the people behind leads, known by external id, phone or e-mail.
-- depends: 0005.routing
-- squawk-ignore-file ban-drop-constraint, constraint-missing-not-valid, require-concurrent-index-creation

create type crm.contact_key_kind as enum ('external_id', 'phone', 'email');
comment on type crm.contact_key_kind is 'What a contact can be known by, the higher-ranking first.';

create table crm.contact_keys (
  workspace_id int not null,
  kind         crm.contact_key_kind not null,
  value        text collate "C" not null,
  contact_id   uuid not null,
  lead_id      uuid not null,
  primary key (workspace_id, kind, value)
);
comment on table crm.contact_keys is 'What each contact is known by. A contact is its first lead, and has that lead''s id; a key belongs to one contact for good.';
comment on column crm.contact_keys.workspace_id is 'Workspace of the contact.';
comment on column crm.contact_keys.kind is 'What it is: external id, phone or e-mail.';
comment on column crm.contact_keys.value is 'The id, phone or address, spelt as in crm.leads.';
comment on column crm.contact_keys.contact_id is 'The contact: the id of its first lead. No foreign keys here: two a lead would be checked; routing.verify() finds a key that is nobody''s.';
comment on column crm.contact_keys.lead_id is 'The lead that brought the key.';

create table crm.contact_leads (
  workspace_id int not null,
  lead_id      uuid not null,
  contact_id   uuid not null,
  primary key (workspace_id, lead_id),
  foreign key (workspace_id, lead_id) references crm.leads (workspace_id, id),
  foreign key (workspace_id, contact_id) references crm.leads (workspace_id, id),
  constraint contact_leads_further check (lead_id <> contact_id)
);
create index contact_leads_contact_idx on crm.contact_leads (contact_id, workspace_id, lead_id);
comment on table crm.contact_leads is 'The second and every further lead of a contact. A lead that is not here is the first of its contact.';
comment on column crm.contact_leads.workspace_id is 'Workspace of the lead.';
comment on column crm.contact_leads.lead_id is 'The lead.';
comment on column crm.contact_leads.contact_id is 'The contact it was found to be of when it came in; merging does not change it.';

create table crm.contact_merges (
  workspace_id int not null,
  contact_id   uuid not null,
  into_id      uuid not null,
  root_id      uuid not null,
  primary key (workspace_id, contact_id),
  foreign key (workspace_id, contact_id) references crm.leads (workspace_id, id),
  foreign key (workspace_id, into_id) references crm.leads (workspace_id, id),
  foreign key (workspace_id, root_id) references crm.leads (workspace_id, id),
  constraint contact_merges_another check (contact_id <> into_id and contact_id <> root_id)
);
create index contact_merges_root_idx on crm.contact_merges (root_id, workspace_id);
comment on table crm.contact_merges is 'Contacts that a manager merged into another. Taking a row out undoes it; the events remember both.';
comment on column crm.contact_merges.workspace_id is 'Workspace of the contacts.';
comment on column crm.contact_merges.contact_id is 'The contact that was merged.';
comment on column crm.contact_merges.into_id is 'The contact it was merged into.';
comment on column crm.contact_merges.root_id is 'The contact it now is: where the way by into_id ends.';

alter table crm.lead_assignments
  add column duplicate_of uuid,
  add constraint lead_assignments_duplicate_is_undealt check (duplicate_of is null or deal_id is null);
comment on column crm.lead_assignments.duplicate_of is 'The contact''s open lead, with the same caller, that brought the lead here: it was not dealt, and counts for no cap. Null: it was dealt, or given by hand.';
comment on column crm.lead_assignments.deal_id is 'The deal that decided it; null when a manager did, or an open lead of the contact. No foreign key: one statement writes both, and routing.verify() finds an assignment whose deal does not give it.';
comment on column crm.lead_assignments.slot is 'Which slot of the deal; null without a deal.';

-- What this one kept from happening, a counter's keeps from happening too: whoever has an assignment has a counter.
alter table crm.lead_assignments drop constraint lead_assignments_workspace_id_caller_id_fkey;
comment on column crm.lead_assignments.caller_id is 'Who got it. No foreign key: the counter that every assignment adds to has one.';

alter table crm.caller_daily_counters
  add column duplicates int not null default 0,
  drop constraint caller_daily_counters_count_positive,
  add constraint caller_daily_counters_some check (count >= 0 and duplicates >= 0 and count + duplicates > 0);
comment on column crm.caller_daily_counters.duplicates is 'Leads that came besides, because the caller had an open one of the same contact: they count for no cap.';

create index events_contact_change_idx on crm.events (seq) where kind in ('contact.introduced', 'contact.merged', 'contact.unmerged');

-- The leads there are find their contacts in the order they came, as new ones do.
do $$
declare
  v_lead record;
  v_contact_id uuid;
begin
  -- A plan made while the table is empty would read it whole for every lead.
  perform set_config('enable_seqscan', 'off', true);
  for v_lead in
    select l.workspace_id, l.id, array_remove(array[
      case when l.external_id is not null then row('external_id'::text, l.external_id) end,
      case when l.phone ~ '^\+[1-9]\d{6,14}$' then row('phone'::text, l.phone) end,
      case when l.email ~ '^[^@[:space:]]+@[^@[:space:]]+$' then row('email'::text, l.email) end], null) as keys
    from crm.leads l
    order by l.workspace_id, l.id
  loop
    select k.contact_id into v_contact_id
    from unnest(v_lead.keys) g (kind text, value text)
    cross join lateral (
      select c.contact_id, c.kind from crm.contact_keys c
      where c.workspace_id = v_lead.workspace_id and c.kind = g.kind::crm.contact_key_kind and c.value = g.value offset 0) k
    order by k.kind limit 1;
    insert into crm.contact_keys (workspace_id, kind, value, contact_id, lead_id)
    select v_lead.workspace_id, g.kind::crm.contact_key_kind, g.value, coalesce(v_contact_id, v_lead.id), v_lead.id
    from unnest(v_lead.keys) g (kind text, value text)
    on conflict do nothing;
    insert into crm.contact_leads (workspace_id, lead_id, contact_id)
    select v_lead.workspace_id, v_lead.id, v_contact_id where v_contact_id is not null;
  end loop;
end
$$;

-- What was decided before knew no contacts: verify() asks about them from this event on.
with known as (
  update crm.workspaces w set event_seq = w.event_seq + 1
  where exists (select from crm.leads l where l.workspace_id = w.id)
  returning w.id, w.event_seq
)
insert into crm.events (workspace_id, seq, at, kind, actor)
select known.id, known.event_seq, now(), 'contact.introduced', 'migration' from known;
