-- What was used, call by call, and what open jobs may use yet.

-- One row for each run that asked a model, also when its answer came to nothing: a run is named by
-- its epoch, so that writing it twice counts once. It outlives the job, which is trimmed by age.
create table grizz.usage (
  job_id uuid not null,
  epoch bigint not null,
  user_id uuid not null,
  -- Of UTC, as told by the clock of the process that wrote it.
  day date not null,
  model text not null,
  input_tokens bigint not null,
  output_tokens bigint not null,
  cached_tokens bigint not null,
  estimated boolean not null,
  cost_micros bigint not null,
  primary key (job_id, epoch)
);

create index usage_of_user on grizz.usage (user_id, day);
create index usage_of_day on grizz.usage (day);

insert into grizz.usage
select id, finished_by, user_id, (ended_at at time zone 'UTC')::date, model,
  input_tokens, output_tokens, cached_tokens, estimated, cost_micros
from grizz.jobs
where finished_by is not null and input_tokens + output_tokens > 0;

-- The most that a job is thought to use; it counts against its user's day for as long as it is open.
alter table grizz.jobs
  add column quoted_tokens bigint not null default 0,
  add column quoted_micros bigint not null default 0;

-- For those that are to be trimmed.
create index jobs_ended on grizz.jobs (ended_at)
  where state in ('COMPLETED', 'DEAD', 'CANCELLED', 'EXPIRED');
