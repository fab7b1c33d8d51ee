-- The expression is code as well, so install.sql makes it anew where another version or a migration has made the list.
-- If nothing differs, the statement changes nothing. Locks: the turnstile of each workspace that it changes.
update crm.workspaces w set placeholders = w.placeholders
where (w.placeholder_pattern, w.placeholder_signs)
  is distinct from (core.placeholder_pattern(w.placeholders), core.placeholder_signs(w.placeholders));
