\set id random(1, 1000)
begin;
select id from bench.keys where id = :id for update;
select id, body from bench.rows where key = :id and n = 1;
update bench.keys set n = n + 1 where id = :id returning id;
select found.rows, r.* from (select count(*) as rows from (select from bench.rows where key = :id and n = 4 limit 5000) these) found left join bench.rows r on r.key = :id and r.n = 2;
with one as (insert into bench.rows (key, n, body) values (:id, 0, repeat('x', 200)) returning *), other as (insert into bench.rows (key, n, body) select key, 0, body from one) select * from one;
commit;
