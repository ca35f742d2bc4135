-- Which steps were run. Repeating this one is harmless.

-- One at a time; the lock ends with the transaction.
select pg_advisory_xact_lock(7449363110994);

-- That something exists already is no news here.
set local client_min_messages = warning;

create schema if not exists grizz;

create table if not exists grizz.steps (
  name text primary key,
  done_at timestamptz not null default now()
);

-- What another tool did before there was this table.
do $$
begin
  if to_regclass('grizz.schema_history') is not null then
    insert into grizz.steps (name)
    select replace(script, '.sql', '') from grizz.schema_history where success and script like 'V%'
    on conflict do nothing;
  end if;
end $$;
