\set id random(1, 1000)
begin;
select k.id from bench.keys k join bench.rows r on r.key = k.id where k.id = :id limit 1 for no key update of k;
with one as (update bench.keys set n = n + 1 where id = :id returning *), other as (insert into bench.rows (key, n, body) select id, 0, repeat('x', 100) from one), third as (insert into bench.rows (key, n, body) select id, 0, repeat('x', 400) from one) select * from one;
update bench.keys set n = n + 1 where id = :id;
commit;
