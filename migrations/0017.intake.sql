-- Leads in a sender's own words: what each field of a lead is called in them. Leads from forms on others' pages.
-- depends: 0014.sealed
-- squawk-ignore-file constraint-missing-not-valid, disallowed-unique-constraint

alter table crm.sources
  add column mapping jsonb constraint sources_mapping_object check (jsonb_typeof(mapping) = 'object'),
  add column form_key text constraint sources_form_key_key unique constraint sources_form_key_form check (form_key ~ '^[0-9a-f]{32}$'),
  add column form_sites text[] constraint sources_form_sites_count check (cardinality(form_sites) between 1 and 20),
  add column form_thanks_url text constraint sources_form_thanks_url_length check (length(form_thanks_url) between 1 and 2000);
comment on column crm.sources.mapping is 'What the sender calls the fields of a lead: {"phone": "Mobile No.", "name": ["First name", "Last name"], "city": "$.address.city"}; null = as we do.';
comment on column crm.sources.form_key is 'What a form on a page sends its leads to: /forms/{form_key}. No secret, since every visitor of the page can read it. Stays while the form is off.';
comment on column crm.sources.form_sites is 'Origins of the pages that may send the form, such as https://example.com; null = the source has no form, or it is off.';
comment on column crm.sources.form_thanks_url is 'Where a visitor goes who has sent the form; null = to a page of ours.';
