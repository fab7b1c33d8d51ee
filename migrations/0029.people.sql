-- A further phone that people with different phones gave links them no more, and phones stored as text are read again.
-- depends: 0028.files

comment on column crm.contact_keys.phone is
  'Of an e-mail address, or of a number that a lead gave besides its phone, the phone that was first said together '
  'with it; null while there is none.';
update crm.contact_keys k set phone = f.phone
from (
  select distinct on (l.workspace_id, o.phone) l.workspace_id, o.phone as value, l.phone
  from crm.leads l cross join unnest(l.other_phones) o (phone)
  where l.phone is not null and not l.is_test
  order by l.workspace_id, o.phone, l.id
) f
where k.workspace_id = f.workspace_id and k.kind = 'phone' and k.value = f.value;

alter table crm.workspaces add column phones_since_seq bigint default 0;
comment on column crm.workspaces.phones_since_seq is
  'Number of the last event before shared further phones stopped to link leads, and before phones stored as text were '
  'read again; null where that is yet to be done: see routing.reread_phones().';
update crm.workspaces set phones_since_seq = null where event_seq > 0;

-- An id that is 0, or what a template leaves unfilled, is nobody's. A phone with * and less than six digits was as good
-- as any number, and is refused from now on.
alter table crm.workspaces alter column placeholders set default
    '{0000000,1111111,2222222,3333333,4444444,5555555,6666666,7777777,8888888,9999999,0123456789,'
    '123456789,1234567890,a@a,abc@abc,abc@xyz,test@test,none@none,na@na,no@no,nil@nil,null@null,'
    'xyz@xyz,email@email,noemail@*,no-email@*,nomail@*,no-mail@*,notprovided@*,notavailable@*,'
    'donotreply@*,noreply@*,no-reply@*,na,n/a,none,nil,"null",undefined,unknown,nan,-,--,#n/a,#ref!,'
    '#value!,#name?,"not available","not provided",'
    '"0","{{*}}","={{*}}","${*}","<%=*","[field *","[your-*","[_*",'
    '"{field*","{entry*","{lead*","{row*","{submission*","%lead*","%contact*","%row*","[object object]","[]","{}"}';
do $$
declare
  v_told record;
begin
  for v_told in
    select w.name, e.entry
    from crm.workspaces w cross join unnest(w.placeholders) e (entry)
    where e.entry ~ '^[0-9+(). /*-]*$' and e.entry ~ '[*]' and e.entry !~ '([0-9][^0-9]*){6}'
    order by w.id, e.entry
  loop
    raise notice '%: the placeholder "%" fitted very many numbers and was taken out of the list', v_told.name,
      v_told.entry;
  end loop;
  update crm.workspaces w
  set placeholders = (array(
    select e.entry from (
      select u.entry, min(u.nr) as nr
      from unnest(w.placeholders ||
        '{"0","{{*}}","={{*}}","${*}","<%=*","[field *","[your-*","[_*","{field*","{entry*","{lead*","{row*",'
        '"{submission*","%lead*","%contact*","%row*","[object object]","[]","{}"}'::text[])
        with ordinality u (entry, nr)
      group by u.entry
    ) e
    where not (e.entry ~ '^[0-9+(). /*-]*$' and e.entry ~ '[*]' and e.entry !~ '([0-9][^0-9]*){6}')
    order by e.nr))[: 300]
  where w.placeholders <> '{}';
end
$$;

-- Whom further phones have linked: they stay so, and only leads to come go by the new rule.
do $$
declare
  v_told record;
begin
  for v_told in
    select w.name, count(*) as leads
    from crm.leads l
    join crm.contact_leads c on c.workspace_id = l.workspace_id and c.lead_id = l.id
    join crm.workspaces w on w.id = l.workspace_id
    where l.other_phones is not null
      and exists (
        select from unnest(l.other_phones) o (phone)
        join crm.contact_keys k on k.workspace_id = l.workspace_id and k.kind = 'phone' and k.value = o.phone
        where k.contact_id = c.contact_id and k.phone <> l.phone)
      and exists (  -- nothing of a higher rank had
        select from crm.contact_keys p
        where p.workspace_id = l.workspace_id and p.kind = 'phone' and p.value = l.phone and p.lead_id = l.id)
      and not exists (
        select from crm.contact_keys x
        where x.workspace_id = l.workspace_id and x.kind = 'external_id' and x.value = l.external_id
          and x.lead_id <> l.id)
    group by w.id order by w.id
  loop
    raise notice '%: % leads were linked by a further phone that people with other phones gave, and stay so',
      v_told.name, v_told.leads;
  end loop;
end
$$;
