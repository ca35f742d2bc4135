\set id random(1, 1000)
begin;
select k.id from bench.keys k join bench.rows r on r.key = k.id where k.id = :id limit 1 for no key update of k;
update bench.keys set n = n + 1 where id = :id;
insert into bench.rows (key, n, body) values (:id, 0, repeat('x', 100));
insert into bench.rows (key, n, body) values (:id, 0, repeat('x', 400));
update bench.keys set n = n + 1 where id = :id;
commit;
