-- The record: conversations, messages, and a job for each question.
--
-- conversations and messages may exist already, with rows, and be used by others: they are widened
-- only. The one thing taken away is the uniqueness of (user, day), which becomes partial, so that a
-- user may also have explicit conversations.

-- That something exists already is no news here.
set local client_min_messages = warning;

create table if not exists public.conversations (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null,
  title text,
  conv_day date not null,
  user_tz text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

alter table public.conversations
  add column if not exists title text,
  add column if not exists conv_day date,
  add column if not exists user_tz text,
  add column if not exists explicit boolean not null default false,
  add column if not exists created_at timestamptz not null default now(),
  add column if not exists updated_at timestamptz not null default now();

-- Tables that say "date" and "timezone" go on saying so: a trigger keeps both names the same.
do $$
declare
  has_date boolean := exists (
    select from information_schema.columns
    where table_schema = 'public' and table_name = 'conversations' and column_name = 'date');
  has_timezone boolean := exists (
    select from information_schema.columns
    where table_schema = 'public' and table_name = 'conversations' and column_name = 'timezone');
  body text := '';
begin
  if has_date then
    update public.conversations set conv_day = "date" where conv_day is null;
    body := body || $b$
      if new.conv_day is null or (tg_op = 'UPDATE' and new."date" is distinct from old."date") then
        new.conv_day := new."date";
      else
        new."date" := new.conv_day;
      end if;$b$;
  end if;
  if has_timezone then
    update public.conversations set user_tz = timezone where user_tz is null;
    body := body || $b$
      if new.user_tz is null
        or (tg_op = 'UPDATE' and new.timezone is distinct from old.timezone) then
        new.user_tz := new.timezone;
      else
        new.timezone := new.user_tz;
      end if;$b$;
  end if;
  if body <> '' then
    execute 'create or replace function grizz.same_day() returns trigger language plpgsql'
      || ' set search_path = '''' as ' || quote_literal('begin ' || body || ' return new; end');
    create or replace trigger grizz_same_day before insert or update on public.conversations
      for each row execute function grizz.same_day();
  end if;
end $$;

alter table public.conversations alter column conv_day set not null;

-- Whatever made (user, day) unique, as a constraint or as an index.
do $$
declare
  found record;
begin
  for found in
    select i.indexrelid::regclass::text as index_name, c.conname
    from pg_index i
    left join pg_constraint c on c.conindid = i.indexrelid and c.contype = 'u'
    where i.indrelid = 'public.conversations'::regclass
      and i.indisunique and not i.indisprimary and i.indpred is null
      and (select array_agg(a.attname::text order by a.attname)
           from unnest(i.indkey::int[]) k
           join pg_attribute a on a.attrelid = i.indrelid and a.attnum = k)
        in (array['conv_day', 'user_id'], array['date', 'user_id'])
  loop
    if found.conname is not null then
      execute format('alter table public.conversations drop constraint %I', found.conname);
    else
      execute 'drop index ' || found.index_name;
    end if;
  end loop;
end $$;

create unique index if not exists grizz_conversations_day
  on public.conversations (user_id, conv_day) where not explicit;
create index if not exists grizz_conversations_newest
  on public.conversations (user_id, created_at desc);

create table if not exists public.messages (
  id uuid primary key default gen_random_uuid(),
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  user_id uuid,
  role text not null,
  content text not null check (length(content) > 0),
  metadata jsonb,
  created_at timestamptz not null default now()
);

alter table public.messages
  add column if not exists user_id uuid,
  add column if not exists metadata jsonb,
  add column if not exists created_at timestamptz not null default now(),
  add column if not exists job_id uuid,
  add column if not exists life int;

create index if not exists grizz_messages_newest
  on public.messages (conversation_id, created_at desc, id desc);
create index if not exists grizz_messages_job on public.messages (job_id);

-- Whatever goes wrong elsewhere: no second answer in one life of a job.
create unique index if not exists grizz_messages_answer
  on public.messages (job_id, life) where role = 'assistant';

-- A row to lock: the hosts that keep a table of users do not let us lock theirs.
create table grizz.users (user_id uuid primary key);

create table grizz.jobs (
  id uuid primary key,
  -- The order of acceptance: drawn under the conversation's lock.
  turn bigint generated always as identity,
  user_id uuid not null,
  conversation_id uuid not null references public.conversations (id) on delete cascade,
  client_key uuid not null,
  -- SHA-256 of what was asked, to tell a repeat from another message under the same key.
  digest text not null,
  type text not null,
  payload text not null,
  state text not null check (state in
    ('HELD', 'READY', 'RUNNING', 'COMPLETED', 'DEAD', 'CANCELLED', 'EXPIRED')),
  life int not null default 1,
  epoch bigint not null default 0,
  log text not null,
  cancel_asked boolean not null default false,

  -- These are compared with the clocks of our processes, and so written by them.
  ready_at timestamptz not null,
  sent_at timestamptz,
  claimed_until timestamptz,
  cancel_claimed_until timestamptz,

  -- How it ended: the epoch of the run that finished it, or none.
  finished_by bigint,
  code text not null default '',
  message_id uuid,
  model text not null default '',
  finish text not null default '',
  input_tokens int not null default 0,
  output_tokens int not null default 0,
  cached_tokens int not null default 0,
  reasoning_tokens int not null default 0,
  estimated boolean not null default false,
  cost_micros bigint not null default 0,
  first_token_ms bigint not null default 0,
  total_ms bigint not null default 0,

  created_at timestamptz not null default clock_timestamp(),
  begun_at timestamptz,
  ended_at timestamptz,
  unique (user_id, client_key)
);

create index jobs_open_of_conversation on grizz.jobs (conversation_id, turn)
  where state in ('HELD', 'READY', 'RUNNING');
create index jobs_open_of_user on grizz.jobs (user_id)
  where state in ('HELD', 'READY', 'RUNNING');
create index jobs_unsent on grizz.jobs (turn)
  where sent_at is null and state in ('READY', 'RUNNING');
create index jobs_sent on grizz.jobs (sent_at)
  where sent_at is not null and state in ('READY', 'RUNNING');
create index jobs_to_cancel on grizz.jobs (turn)
  where cancel_asked and state in ('READY', 'RUNNING');
create index jobs_held on grizz.jobs (conversation_id, turn) where state = 'HELD';
create index jobs_of_conversation on grizz.jobs (conversation_id);
