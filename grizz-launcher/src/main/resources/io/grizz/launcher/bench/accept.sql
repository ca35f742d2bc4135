\set id random(1, 1000)
begin;
select id from bench.keys where id = :id for update;
select id, body from bench.rows where key = :id and n = 1;
update bench.keys set n = n + 1 where id = :id;
select id, body from bench.rows where key = :id and n = 2;
select count(*) from bench.rows where key = :id and n = 3;
select count(*) from (select from bench.rows where key = :id and n = 4 limit 5000) found;
insert into bench.rows (key, n, body) values (:id, 0, repeat('x', 200));
insert into bench.rows (key, n, body) values (:id, 0, repeat('x', 200));
commit;
