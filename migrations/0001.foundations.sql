-- Schema crm, the names of places, and who there is: workspaces, users, sessions, sources.

create schema crm;
comment on schema crm is 'Every table of Fairlead. Not an interface: read the views in routing and report, write leads by insert, change the rest through api.';

create extension if not exists pg_trgm with schema crm;
create extension if not exists fuzzystrmatch with schema crm;

-- Keys sort by the time they were made, so that new rows land side by side in every index and paging by key is paging by time.
do $$
begin
  if current_setting('server_version_num')::int >= 180000 then
    create function crm.new_id() returns uuid language sql volatile parallel safe
    as 'select pg_catalog.uuidv7()';
  else
    create function crm.new_id() returns uuid language sql volatile parallel safe
    as $sql$
      select pg_catalog.encode(
        pg_catalog.int8send(  -- 48 bits of milliseconds, then version 7 and 12 bits of the millisecond's fraction
          ((t.micros / 1000) << 16) | (7 << 12) | ((t.micros % 1000) * 4096 / 1000))
        || pg_catalog.set_byte(g.tail, 0, (pg_catalog.get_byte(g.tail, 0) & 63) | 128), 'hex')::uuid
      from (select (extract(epoch from pg_catalog.clock_timestamp()) * 1000000)::bigint as micros) t,
           (select pg_catalog.substr(pg_catalog.uuid_send(pg_catalog.gen_random_uuid()), 9) as tail) g
    $sql$;
  end if;
end
$$;
comment on function crm.new_id() is 'A new UUID of version 7 (RFC 9562): ids made later sort later, within one session even in the same millisecond.';

create table crm.countries (
  code          text primary key constraint countries_code_form check (code ~ '^[A-Z]{2}$'),
  name          text not null,
  calling_code  text not null,
  trunk_prefix  text,
  phone_lengths int[] not null
);
comment on table crm.countries is 'Reference: countries and how their phone numbers are written. Filled at deploy.';
comment on column crm.countries.code is 'ISO 3166-1 alpha-2 code.';
comment on column crm.countries.name is 'English name.';
comment on column crm.countries.calling_code is 'International calling code without plus: 91.';
comment on column crm.countries.trunk_prefix is 'What is dialled before a national number inside the country, usually 0; null where nothing is.';
comment on column crm.countries.phone_lengths is 'Possible lengths of a national number, in digits.';

create table crm.states (
  country text not null references crm.countries,
  code    text not null,
  name    text not null,
  slug    text not null,
  primary key (country, code),
  unique (country, name),
  unique (country, slug)
);
comment on table crm.states is 'Reference: the states of each country under the one name Fairlead uses. Filled at deploy.';
comment on column crm.states.country is 'ISO code of the country.';
comment on column crm.states.code is 'ISO 3166-2 code within the country: MH.';
comment on column crm.states.name is 'The one spelling stored on leads and callers: Maharashtra.';
comment on column crm.states.slug is 'The name as it stands in pool keys: tamil-nadu.';

create table crm.place_names (
  country    text not null,
  kind       text not null check (kind in ('state', 'city')),
  key        text collate "C" not null,
  state_name text not null,
  primary key (country, kind, key),
  foreign key (country, state_name) references crm.states (country, name)
);
comment on table crm.place_names is 'Reference: every known name of a state or city, and the state it means. Filled at deploy.';
comment on column crm.place_names.country is 'ISO code of the country.';
comment on column crm.place_names.kind is 'Whether the name is that of a state or of a city.';
comment on column crm.place_names.key is 'The name without case, accents, spaces and punctuation: see routing.place_key().';
comment on column crm.place_names.state_name is 'The state it is or lies in.';

create table crm.reference_data (
  name      text primary key,
  version   text not null,
  loaded_at timestamptz not null default now()
);
comment on table crm.reference_data is 'Which version of each set of reference data is loaded, so that a deploy reloads only what changed.';
comment on column crm.reference_data.name is 'The set: places, or code for the functions and views.';
comment on column crm.reference_data.version is 'Version of the loader and of the packages the data came from; for code, a digest of it.';
comment on column crm.reference_data.loaded_at is 'When it was loaded.';

create table crm.workspaces (
  id         int generated always as identity primary key,
  name       text not null constraint workspaces_name_length check (length(name) between 1 and 200),
  timezone   text not null default 'Asia/Kolkata',
  country    text not null default 'IN' references crm.countries,
  event_seq  bigint not null default 0,
  created_at timestamptz not null default now(),
  constraint workspaces_name_key unique (name)
) with (fillfactor = 50);
comment on table crm.workspaces is 'A tenant. Its row is the turnstile: whoever deals its leads or writes its events locks it first (FOR NO KEY UPDATE).';
comment on column crm.workspaces.id is 'Number of the workspace.';
comment on column crm.workspaces.name is 'Name shown on the page.';
comment on column crm.workspaces.timezone is 'IANA name; the business day, and with it the daily cap, runs from midnight to midnight here.';
comment on column crm.workspaces.country is 'Whose states, cities and phone numbers a lead is read by.';
comment on column crm.workspaces.event_seq is 'Number of the newest event. Counted under the row lock, so event numbers have no gaps and their order is commit order.';
comment on column crm.workspaces.created_at is 'When it was made.';

create table crm.sources (
  workspace_id int not null references crm.workspaces,
  id           int generated always as identity,
  name         text not null constraint sources_name_length check (length(name) between 1 and 200),
  token_hash   bytea not null constraint sources_token_hash_key unique,
  created_at   timestamptz not null default now(),
  revoked_at   timestamptz,
  primary key (workspace_id, id),
  constraint sources_id_key unique (id),
  constraint sources_name_key unique (name, workspace_id)
);
comment on table crm.sources is 'Where leads come from: a sheet, a form, a bot. Each has its own token.';
comment on column crm.sources.workspace_id is 'The workspace its leads go to.';
comment on column crm.sources.id is 'Number of the source; its signing secret is derived from it.';
comment on column crm.sources.name is 'What managers call it; a lead that names no lead_source gets this one.';
comment on column crm.sources.token_hash is 'SHA-256 of the token; the token itself is shown once and not kept.';
comment on column crm.sources.created_at is 'When it was made.';
comment on column crm.sources.revoked_at is 'Since when it may no longer hand leads in; null while it may.';

create table crm.users (
  workspace_id  int not null references crm.workspaces,
  id            uuid not null default crm.new_id(),
  email         text not null constraint users_email_form check (email = lower(email) and email like '%_@_%'),
  name          text not null constraint users_name_length check (length(name) between 1 and 200),
  role          text not null constraint users_role_known check (role in ('admin', 'manager', 'caller')),
  password_hash text not null,
  created_at    timestamptz not null default now(),
  disabled_at   timestamptz,
  primary key (workspace_id, id),
  constraint users_id_key unique (id),
  constraint users_email_key unique (email)
);
comment on table crm.users is 'People who sign in to the page.';
comment on column crm.users.workspace_id is 'The one workspace the person belongs to.';
comment on column crm.users.id is 'Id of the person, the actor of their events.';
comment on column crm.users.email is 'What they sign in with, in lower case.';
comment on column crm.users.name is 'Name shown on the page.';
comment on column crm.users.role is 'admin, manager or caller.';
comment on column crm.users.password_hash is 'Argon2id hash in PHC form, made by the gateway.';
comment on column crm.users.created_at is 'When the account was made.';
comment on column crm.users.disabled_at is 'Since when they may not sign in; null while they may.';

create table crm.sessions (
  workspace_id int not null,
  user_id      uuid not null,
  token_hash   bytea primary key,
  created_at   timestamptz not null default now(),
  expires_at   timestamptz not null,
  foreign key (workspace_id, user_id) references crm.users (workspace_id, id)
);
create index sessions_user_idx on crm.sessions (user_id);
comment on table crm.sessions is 'Signed-in browsers.';
comment on column crm.sessions.workspace_id is 'Workspace of the user.';
comment on column crm.sessions.user_id is 'Who is signed in.';
comment on column crm.sessions.token_hash is 'SHA-256 of the cookie.';
comment on column crm.sessions.created_at is 'When they signed in.';
comment on column crm.sessions.expires_at is 'When the session ends by itself.';
