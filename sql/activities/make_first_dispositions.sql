-- Workspaces from before there were dispositions.
select core.make_dispositions(w.id) from crm.workspaces w where w.id > 0 order by w.id;
