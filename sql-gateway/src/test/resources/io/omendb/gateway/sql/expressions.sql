-- Lexical structure: each of these has been misread by some parser of another dialect.
SELECT $$abc$$, $tag$a $$ b$tag$
SELECT E'a\tb\n\'c\'', E'\x41\u00e9\\', 'a\tb'
SELECT 'it''s', 'line'
SELECT 1 -- comment
SELECT /* a /* nested */ comment */ 2
SELECT timestamptz '2024-01-01 12:00:00+02'
SELECT float8 '1.5', float4 '2.5', numeric '1.50', int8 '7', int2 '-3', bool 't', text 'x'
SELECT date '2024-02-29', time '12:34:56.5', timestamp '2024-02-29 01:02:03'
SELECT timestamp with time zone '2024-01-01 00:00+00', timestamp without time zone '2024-01-01 00:00'
SELECT double precision '2.5', character varying 'abc'
SELECT interval '1 hour', interval '90' day, interval '1' year, interval '2' month + interval '3 days'
SELECT uuid '00000000-0000-0000-0000-00000000000A', bytea '\x00ff'
SELECT 2 ^ 3, 2 ^ 3 ^ 2, -2 ^ 2, 2.0 ^ 3
SELECT 7 % 3, -7 % 3, 7 / 2, -7 / 2, 7.0 / 2
SELECT 1 + 2 * 3 - 4 / 2, (1 + 2) * 3, - - 1, +5
SELECT 1 <> 2, 1 != 2, 2 >= 1, 1 <= 0
SELECT 'a' || 'b' || 'c', 'a' || 1, 1 || 'a', 'n' || null
SELECT 1 || 2
SELECT 'a' || 1 + 2
SELECT 'abc' ~ 'b', 'abc' ~* 'B', 'abc' !~ 'b', 'abc' !~* 'x'
SELECT 'abc' OPERATOR(pg_catalog.~) '^a', 1 OPERATOR(pg_catalog.+) 2
SELECT 'abc' COLLATE "C" < 'abd', 'b' COLLATE pg_catalog."default" > 'a'
SELECT 1 AS "select", 2 AS user, 3 "quoted name"
SELECT 'x' 'y'
SELECT "nosuch"
SELECT 5::int::text, '5'::int + 1, -5::int, (-5)::int, 5::numeric(5,2)
SELECT cast('1' AS integer), cast(1.5 AS int), cast('2024-01-01' AS date)
SELECT '{1,2,3}'::int[], ARRAY[1,2,3], (ARRAY[1,2,3])[2], '{a,b}'::text[]
SELECT 1 IN (1, 2), 3 IN (1, 2), 3 NOT IN (1, 2), null IN (1)
SELECT 2 = ANY (ARRAY[1,2]), 2 = ANY ('{1,2}'), 5 > ALL (ARRAY[1,2]), 1 = ANY ('{}'::int[])
SELECT 5 BETWEEN 1 AND 10, 5 NOT BETWEEN 1 AND 10, 5 BETWEEN 10 AND 1, 5 BETWEEN SYMMETRIC 10 AND 1
SELECT 'abc' LIKE 'a%', 'abc' LIKE '_b_', 'a%c' LIKE 'a\%c', 'abc' ILIKE 'A%', 'abc' NOT LIKE 'b%'
SELECT 'a%b' LIKE 'a!%b' ESCAPE '!', 'axb' LIKE 'a!%b' ESCAPE '!'
SELECT NULL IS NULL, 1 IS NOT NULL, true IS TRUE, false IS NOT TRUE, null::bool IS UNKNOWN, true IS NOT UNKNOWN
SELECT 1 IS DISTINCT FROM 2, null IS DISTINCT FROM null, 1 IS NOT DISTINCT FROM 1
SELECT NOT true, NOT 1 = 2, true AND NOT false OR false
SELECT true AND null, false AND null, true OR null, false OR null
SELECT CASE WHEN 1 = 1 THEN 'a' ELSE 'b' END, CASE 2 WHEN 1 THEN 'x' WHEN 2 THEN 'y' END, CASE WHEN false THEN 1 END
SELECT COALESCE(null, 2, 3), NULLIF(1, 1), NULLIF(1, 2), GREATEST(1, 3, 2), LEAST(3, null, 2)
SELECT (1, 2) = (1, 2), (1, 2) <> (1, 3), (1, 'a') IN ((1, 'a'), (2, 'b'))
SELECT EXISTS (SELECT 1), NOT EXISTS (SELECT 1 WHERE false), (SELECT 5), (SELECT 1 WHERE false)
SELECT 1 WHERE true
SELECT 1 WHERE 1 = 2
SELECT count(*) WHERE false
SELECT 1 LIMIT 0
SELECT * FROM (VALUES (1, 'a'), (2, 'b')) AS v(n, s) ORDER BY n DESC
SELECT * FROM generate_series(1, 5) AS g(n) WHERE n > 2
SELECT * FROM generate_series(10, 1, -3) n
SELECT * FROM generate_series('2024-01-01'::timestamp, '2024-01-03', '1 day') d
SELECT generate_series(1, 3)
SELECT n, n * n FROM generate_series(1, 4) n OFFSET 1 LIMIT 2
SELECT n FROM generate_series(1, 10) n OFFSET 2 ROWS FETCH FIRST 3 ROWS ONLY
SELECT 1 UNION SELECT 2 UNION SELECT 1 ORDER BY 1
SELECT 1 UNION ALL SELECT NULL
SELECT 1 INTERSECT SELECT 1
SELECT 1 EXCEPT SELECT 1
SELECT 1 UNION SELECT 'a'
SELECT 1 UNION SELECT 2.5 ORDER BY 1
WITH x AS (SELECT 1 AS a), y(b) AS (SELECT a + 1 FROM x) SELECT a, b FROM x, y
WITH t AS (SELECT 1) SELECT * FROM t WHERE "?column?" = 1
VALUES (1, 'one'), (2, 'two')
SELECT sum(n), avg(n), count(*), min(n), max(n) FROM generate_series(1, 10) n
SELECT n % 2 AS odd, count(*) FROM generate_series(1, 5) n GROUP BY odd ORDER BY odd
SELECT n % 2, sum(n) FROM generate_series(1, 5) n GROUP BY 1 HAVING sum(n) > 6
SELECT n FROM generate_series(1, 3) n GROUP BY n + 1
SELECT string_agg(n::text, ',') FROM generate_series(1, 3) n
SELECT ARRAY(SELECT n FROM generate_series(1, 3) n ORDER BY n DESC)
SELECT x FROM (VALUES (2), (null), (1)) v(x) ORDER BY x
SELECT x FROM (VALUES (2), (null), (1)) v(x) ORDER BY x DESC
SELECT x FROM (VALUES (2), (null), (1)) v(x) ORDER BY x NULLS FIRST
SELECT a.n, b.n FROM generate_series(1, 3) a(n) LEFT JOIN generate_series(2, 4) b(n) USING (n) ORDER BY 1
SELECT n FROM generate_series(1, 3) a(n) FULL JOIN generate_series(2, 4) b(n) USING (n) ORDER BY n
SELECT a.n + b.m FROM generate_series(1, 2) a(n) CROSS JOIN generate_series(10, 20, 10) b(m) ORDER BY 1
SELECT a.n, s.t FROM generate_series(1, 3) a(n), LATERAL (SELECT sum(m) t FROM generate_series(1, a.n) b(m)) s ORDER BY 1
SELECT n, (SELECT count(*) FROM generate_series(1, 5) b(m) WHERE b.m < a.n) FROM generate_series(1, 3) a(n) ORDER BY n
-- Errors keep their SQLSTATE.
SELEC 1
SELECT 1 +
SELECT (1
SELECT 1)
SELECT 'unterminated
SELECT /* unterminated
SELECT nosuch(1)
SELECT nosuch FROM generate_series(1, 2) n
SELECT * FROM nosuch
SELECT a.x FROM generate_series(1, 2) n
SELECT 1 + 'x'
SELECT 'a' + 1
SELECT true + 1
SELECT 1 = 'x'
SELECT 1 = true
SELECT 'a'::int
SELECT '2024-13-01'::date
SELECT 1 / 0
SELECT 1 % 0
SELECT 1.5 / 0
SELECT 2147483647 + 1
SELECT 9223372036854775807 + 1
SELECT 32767::int2 + 1::int2
SELECT 100000::int2
SELECT 1e400::float8
SELECT sum(sum(n)) FROM generate_series(1, 2) n
SELECT n, count(*) FROM generate_series(1, 2) n
SELECT count(*) FROM generate_series(1, 2) n WHERE count(*) > 1
SELECT 1 ORDER BY 2
SELECT n FROM generate_series(1, 2) n, generate_series(1, 2) m(n)
SELECT * FROM generate_series(1, 2) n, generate_series(1, 2) n
SELECT (SELECT 1, 2)
SELECT (SELECT n FROM generate_series(1, 2) n)
SELECT 1 IN (SELECT 1, 2)
SELECT CASE WHEN 1 THEN 2 END
SELECT 1 WHERE 5
SELECT 123abc
SELECT 5::nosuchtype
SELECT sqrt(-1)
SELECT ln(0)
SELECT substring('abc', 1, -1)
SELECT generate_series(1, 2, 0)
SELECT date_trunc('nonsense', timestamp '2024-01-01')
-- Numbers.
SELECT 1.10 + 2.2, 1.5 * 1.5, 10.0 / 3, 1.0 / 3.0, 2 / 3.0, 100000.0 / 7
SELECT 0.1 + 0.2, 0.1::float8 + 0.2::float8, 1e10, 1e-5, .5, 5.
SELECT 12345678901234567890, 9223372036854775807, 9223372036854775808, -9223372036854775808
SELECT round(2.5), round(-2.5), round(2.567, 2), round(1234.5, -2), round(2.5::float8), round(3.5::float8)
SELECT trunc(-2.7), trunc(2.789, 2), ceil(2.1), ceil(-2.1), floor(2.9), floor(-2.1), ceiling(1.5)
SELECT abs(-5), abs(-5.5), sign(-3.2), mod(10, 3), mod(-10, 3), mod(5.5, 2)
SELECT power(2, 10), power(2.0, 3), sqrt(16), sqrt(2::float8), exp(0::float8), ln(1::float8), log(100::float8)
SELECT 5::int2 + 5::int4, 5::int8 * 2, 3::float4 * 2, 1::float8 / 3
SELECT 2.5::int, 3.5::int, -2.5::int, 2.5::float8::int, 3.5::float8::int
SELECT 1::bool, 0::bool, true::int
SELECT 123.456::numeric(6,2), 99.995::numeric(5,2)
SELECT 1234567.891::float4, 1e20::float8, 0.00001::float8, 'NaN'::float8, 'Infinity'::float8
SELECT avg(x), sum(x) FROM (VALUES (1.10), (2.25), (3)) v(x)
SELECT avg(x), sum(x), stddev(x), variance(x) FROM (VALUES (1::float8), (2), (4)) v(x)
SELECT to_char(1234.5, 'FM9,999.00'), to_char(12, '999'), to_char(-12, '999'), to_char(5, '0000'), to_char(0.5, '0.99')
SELECT to_char(1234567.891, 'FM999,999,999.99'), to_char(12345, '999')
-- Text.
SELECT length('abc'), length('äöü'), char_length('x'), octet_length('ä'), length('ab '::char(5))
SELECT lower('ABC'), upper('abc'), initcap('hello wORLD'), reverse('abc'), repeat('ab', 3)
SELECT substring('hello' from 2 for 3), substring('hello' from 3), substring('hello', 2, 3), substr('hello', 0, 3), substr('hello', -1)
SELECT position('l' in 'hello'), strpos('hello', 'x'), left('hello', 2), left('hello', -2), right('hello', 2), right('hello', -2)
SELECT trim('  x '), trim(both 'x' from 'xxaxx'), trim(leading 'x' from 'xxa'), ltrim('  a'), rtrim('a  '), btrim('xyaxy', 'xy')
SELECT lpad('5', 3, '0'), rpad('5', 3, '-'), lpad('abcdef', 3), replace('aabb', 'a', 'x'), translate('abc', 'ab', 'x')
SELECT split_part('a,b,c', ',', 2), split_part('a,b,c', ',', -1), split_part('abc', ',', 2)
SELECT concat('a', 1, null, true), concat_ws(',', 'a', null, 'b'), md5('hello'), ascii('A'), chr(65)
SELECT regexp_replace('hello world', 'o', '0'), regexp_replace('hello world', 'o', '0', 'g'), regexp_replace('abc', '(b)', '[\1]')
SELECT overlay('abcdef' placing 'XX' from 3 for 2), starts_with('abc', 'ab'), quote_ident('a b'), quote_literal('it''s')
SELECT 'abc' < 'abd', 'a' < 'B', 'Z' < 'a', 'a' = 'a ', 'a'::char(3) = 'a', 'a'::char(3) = 'a  '::text
SELECT 'abc'::varchar(2), 'abc'::char(5) || '|', 'x'::"char", 'abc'::text::varchar
SELECT 'abcdef' ~ '^abc', 'abc' ~ '^(a|x)b.$', 'foobar' ~ 'o{2}', 'a.b' ~ 'a\.b'
SELECT substring('foobar' from 'o(.)b'), substring('foobar' from 'o.b')
-- Dates and times.
SELECT date '2024-01-31' + 1, date '2024-03-01' - 1, date '2024-03-01' - date '2024-02-01'
SELECT date '2024-01-31' + interval '1 month', timestamp '2024-01-31 12:00' + interval '1 month 1 day 1 hour'
SELECT timestamp '2024-01-03 01:00' - timestamp '2024-01-01 23:30', timestamptz '2024-01-01 00:00+00' - timestamptz '2024-01-01 00:00+02'
SELECT timestamptz '2024-01-01 00:00+00' + interval '1 day', timestamptz '2024-01-01 12:00+02' - interval '24 hours'
SELECT interval '1 day' * 2.5, interval '1 hour' / 2, interval '1 day' + interval '2 hours', - interval '3 days', interval '1 month' - interval '1 day'
SELECT interval '1 day' > interval '23 hours', interval '1 month' = interval '30 days'
SELECT time '10:00' + interval '15 hours', time '12:00' - time '10:30', date '2024-01-01' + time '10:00'
SELECT date_trunc('hour', timestamp '2024-05-17 13:45:59.5'), date_trunc('month', date '2024-05-17'), date_trunc('week', timestamp '2024-05-17 01:00'), date_trunc('quarter', timestamp '2024-05-17 01:00')
SELECT date_trunc('day', timestamptz '2024-05-17 13:45+00'), date_trunc('year', timestamp '2024-05-17'), date_trunc('decade', timestamp '2024-05-17'), date_trunc('century', timestamp '2024-05-17')
SELECT extract(year from date '2024-05-17'), extract(month from timestamp '2024-05-17 01:02:03.25'), extract(second from timestamp '2024-05-17 01:02:03.25'), extract(epoch from timestamp '2024-05-17 01:02:03.25')
SELECT extract(dow from date '2024-05-19'), extract(isodow from date '2024-05-19'), extract(doy from date '2024-05-19'), extract(week from date '2024-12-30'), extract(quarter from date '2024-05-19')
SELECT extract(epoch from interval '1 day 2 hours'), extract(hour from interval '26 hours'), extract(epoch from timestamptz '2024-01-01 00:00+00'), extract(milliseconds from time '00:00:01.5')
SELECT date_part('year', date '2024-05-17'), date_part('epoch', interval '1 minute')
SELECT to_char(timestamp '2024-05-07 13:05:09.123456', 'YYYY-MM-DD HH24:MI:SS.MS'), to_char(timestamp '2024-05-07 13:05:09', 'HH12:MI AM, Day DD Month YYYY'), to_char(date '2024-05-07', 'Dy, DD Mon YY'), to_char(timestamp '2024-05-07', 'IYYY-IW Q DDD J')
SELECT age(timestamp '2024-03-15', timestamp '2023-01-20'), age(timestamp '2024-01-01', timestamp '2024-01-01 06:00')
SELECT timestamp '2024-01-01 12:00' AT TIME ZONE 'UTC', timestamptz '2024-07-01 12:00+00' AT TIME ZONE 'Europe/Berlin', timestamp '2024-07-01 12:00' AT TIME ZONE 'America/New_York'
SELECT '2024-01-01'::timestamp::date, '2024-01-01 23:59:59.999999'::timestamp::time, date '2024-01-01'::timestamp, '2024-01-01'::timestamptz
SELECT date '2024-01-01' < timestamp '2024-01-01 00:00:01', date '2024-01-01' = timestamp '2024-01-01', timestamp '2024-01-01' > '2023-12-31', timestamptz '2024-01-01 00:00+00' = timestamp '2024-01-01'
SELECT '2024-02-30'::date
SELECT 'infinity'::timestamp > now(), make_date(2024, 2, 29), to_timestamp(0)
SELECT '1 year 2 months 3 days 04:05:06.789'::interval, 'P1DT2H'::interval, '-1 day'::interval, '1.5 hours'::interval
SELECT now() = current_timestamp, current_date = now()::date, localtimestamp = now()::timestamp
-- Casts, oids and system functions.
SELECT '16'::oid, 23::regtype::text, 'int4'::regtype::oid, pg_typeof(1)
SELECT format_type(23, null), format_type(1043, 14), format_type(1700, 655366), pg_encoding_to_char(6)
SELECT true::text, 1.50::text, 1e10::float8::text, '2024-01-01'::date::text, '\x01'::bytea::text
SELECT '00000000-0000-0000-0000-000000000001'::uuid < '00000000-0000-0000-0000-000000000002'::uuid, '\x01'::bytea < '\x02'::bytea, '\x01'::bytea || '\x02'::bytea
SELECT array_to_string(ARRAY[1, 2, 3], ','), array_to_string(ARRAY['a', null, 'b'], '-'), array_length(ARRAY[1,2], 1), ARRAY[1,2] || ARRAY[3]
SELECT bool_and(x), bool_or(x), every(x) FROM (VALUES (true), (false), (null)) v(x)
SELECT count(x), count(*), count(DISTINCT x), sum(DISTINCT x), max(x) FILTER (WHERE x < 3) FROM (VALUES (1), (1), (3), (null)) v(x)
SELECT array_agg(x) FROM (VALUES (1), (2)) v(x)
SELECT min(x), max(x) FROM (VALUES ('b'), ('a')) v(x)
SELECT sum(x) FROM (VALUES (interval '1 day'), (interval '2 hours')) v(x)
SELECT avg(x) FROM (VALUES (interval '1 day'), (interval '2 days')) v(x)
SELECT sum(x), avg(x) FROM (VALUES (1::int8), (2)) v(x)
SELECT sum(x::int2), sum(x::float4), avg(x::float8) FROM (VALUES (1), (2)) v(x)
SELECT row_number() OVER (ORDER BY n) FROM generate_series(1, 3) n
SELECT n, rank() OVER (ORDER BY n / 2), dense_rank() OVER (ORDER BY n / 2 DESC) FROM generate_series(1, 5) n ORDER BY n
SELECT 5 & 3, 5 | 3, 5 # 3, -1 & 255, 7::smallint & 2::smallint, 6::bigint # 3, NULL & 1
SELECT pg_typeof(7::smallint | 2::smallint), pg_typeof(1 & 2::bigint)
SELECT 1.5 & 1
SELECT 'pg_catalog.array_in'::regproc = 750, 'no_such_function'::regproc
SELECT (information_schema._pg_expandarray(ARRAY[7, 8]::int2[])).x, (information_schema._pg_expandarray(ARRAY[7, 8]::int2[])).n
SELECT generate_series(1, 3) + 1, generate_series(1, 3) * 2
SELECT generate_series(1, 3) AS a, -generate_series(1, 3) AS b
SELECT (1).x
-- Refused by name here, known to PostgreSQL.
SELECT DISTINCT ON (n) n FROM generate_series(1, 3) n
SELECT sum(n) OVER (ORDER BY n) FROM generate_series(1, 3) n
SELECT n, row_number() OVER (ORDER BY n) FROM generate_series(1, 3) n GROUP BY n
WITH RECURSIVE r AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM r WHERE n < 3) SELECT * FROM r
SELECT 'abc' SIMILAR TO 'a%'
SELECT n, count(*) FROM generate_series(1, 3) n GROUP BY ROLLUP (n)
SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY n) FROM generate_series(1, 3) n
SELECT string_agg(n::text, ',' ORDER BY n DESC) FROM generate_series(1, 3) n
SELECT * FROM generate_series(1, 3) n TABLESAMPLE bernoulli (10)
SELECT x'1f'
SELECT U&'\0041'
SELECT ROW(1, 2)
SELECT (1, 2) < (1, 3)
