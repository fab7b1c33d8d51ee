-- Once after the migration that asks for it, and when the reference data of numbers is there.
select routing.reread_phones(w.id)
from crm.workspaces w
where w.phones_since_seq is null and exists (select from crm.phone_plans)
order by w.id;
