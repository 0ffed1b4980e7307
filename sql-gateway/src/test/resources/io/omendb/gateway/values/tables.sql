create table nn (id integer NOT NULL, f double precision, g real, primary key (id));
insert into nn values
  (1, 1, 1),
  (2, 'NaN', 'NaN'),
  (3, 'Infinity', 'Infinity'),
  (4, '-Infinity', '-Infinity'),
  (5, NULL, NULL),
  (6, 0, 0),
  (7, '-0', '-0'),
  (8, 'NaN', 'NaN'),
  (9, 1e+308, 1e+38);
create table nk (f double precision NOT NULL, v integer, primary key (f));
insert into nk values
  (1, 1),
  ('NaN', 2),
  ('Infinity', 3),
  ('-Infinity', 4),
  (0, 5);
create table nc (id integer NOT NULL, a numeric(3,1), b numeric(5,2), c numeric, d bigint, e integer, f numeric(38,0), h numeric(38,10), primary key (id));
insert into nc values
  (1, -2.1, -1.10, -2.10, -2, -2, 99999999999999999999999999999999999999, 1.5000000000),
  (2, 1.1, 1.10, 1.1, 1, 1, -99999999999999999999999999999999999999, 2.2500000000),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (4, 10.5, 10.50, 10.500, 9007199254740993, 10, 9007199254740993, 9007199254740993.0000000000),
  (5, 0.0, 0.00, 0, 0, 0, 0, 0.0000000000);
create table vl (id integer NOT NULL, a integer, b integer, c boolean, s text, primary key (id));
insert into vl values
  (1, NULL, -1, NULL, NULL),
  (2, 1, NULL, true, ''),
  (3, 2, 2, false, 'x'),
  (4, NULL, NULL, NULL, 'y');
create table lk (id integer NOT NULL, a text, c char(5), v varchar(10), primary key (id));
insert into lk values
  (1, 'a\', 'a    ', 'a'),
  (2, '', '     ', ''),
  (3, 'a%b', 'a%b  ', 'a%b'),
  (4, 'a_b', 'a_b  ', 'a_b'),
  (5, 'axb', 'axb  ', 'axb'),
  (6, 'a\_b', 'ab   ', 'ab'),
  (7, 'line1
line2', 'x    ', 'x'),
  (8, '____', '____ ', '____'),
  (9, 'ÄÖ', 'ÄÖ   ', 'ÄÖ'),
  (10, 'äö', 'äö   ', 'äö'),
  (11, NULL, NULL, NULL),
  (12, '😀b', '😀b   ', '😀b'),
  (13, 'A+b.c', 'A.   ', '(');
create table dt (id integer NOT NULL, d date, t timestamp, z timestamptz, y time, primary key (id));
insert into dt values
  (1, '1969-12-30', '1969-12-30 01:00:00', '1969-12-30 01:00:00+00', '00:00:00'),
  (2, '0214-02-05 BC', '0214-02-05 15:40:00 BC', '0214-02-05 15:40:00+00 BC', '23:59:59.999999'),
  (3, '0001-01-01', '0001-01-01 00:00:00.000001', '0001-01-01 00:00:00+00', '24:00:00'),
  (4, '9999-12-31', '9999-12-31 23:59:59.999999', '9999-12-31 23:59:59.999999+00', '12:00:00'),
  (5, '10000-01-01', '10000-01-01 00:00:00', '10000-01-01 00:00:00+00', '12:00:00.5'),
  (6, '4713-01-01 BC', '4713-01-01 00:00:00 BC', '4713-01-01 00:00:00+00 BC', '01:02:03'),
  (7, '5874897-12-31', '290000-12-31 23:59:59.999999', '290000-12-31 23:59:59+00', NULL),
  (8, '1582-10-10', '1582-10-10 12:00:00', '1582-10-10 12:00:00+00', '00:00:00.000001'),
  (9, '1900-02-28', '1900-02-28 23:59:59.999999', '1900-02-28 23:59:59.999999+00', '10:10:00'),
  (10, NULL, NULL, NULL, NULL);
create table iv (id integer NOT NULL, t timestamp, z timestamptz, d date, n integer, primary key (id));
insert into iv values
  (1, '2023-01-31 00:00:00', '2023-01-31 00:00:00+00', '2023-01-31', 1),
  (2, '2024-02-29 12:34:56.789', '2024-02-29 12:34:56.789+00', '2024-02-29', -1),
  (3, '2020-12-31 23:59:59', '2020-12-31 23:59:59+00', '2020-12-31', 13),
  (4, '1920-12-12 01:02:02', '1920-12-11 19:32:02+00', '1920-12-12', 400);
create table st (id integer NOT NULL, s text, v varchar(30), c char(8), b bytea, n integer, primary key (id));
insert into st values
  (1, 'Mér', 'Mér', 'Mér     ', '\x4d5c00ff', 2),
  (2, '', '', '        ', '\x', 0),
  (3, '😀a😀b', '😀a😀b', '😀a😀b    ', '\xf09f9880', 3),
  (4, NULL, NULL, NULL, NULL, NULL),
  (5, 'a.b.c', 'a.b.c', 'a.b.c   ', '\x00', -2),
  (6, '  pad  ', '  pad  ', '  pad   ', '\x2020', 5),
  (7, 'tab	here
nl', 'x', 'x       ', '\xff', 1),
  (8, 'İıßŞ', 'ŉ', 'x       ', '\x80', 4),
  (9, 'ＦＵＬＬ ａｂ', 'DŽ', 'x       ', '\x5c5c', 10),
  (10, 'é', 'x', 'x       ', '\x01', 6),
  (11, 'ΑΣ ΟΔΟΣ', 'x', 'x       ', '\x02', 6),
  (12, 'o''brien "q" \back', 'x', 'x       ', '\x03', 6);
create table ct (id integer NOT NULL, i2 smallint, i4 integer, i8 bigint, f4 real, f8 double precision, nu numeric(20,5), nx numeric, t text, bo boolean, u uuid, primary key (id));
insert into ct values
  (1, 1, 2, 3, 2.5, 2.5, 2.50000, 2.5, '42', true, '00000000-0000-0000-0000-000000000001'),
  (2, -32768, -2147483648, -9223372036854775808, -3.5, -3.5, -3.50000, -3.5, ' 42 ', false, 'ffffffff-ffff-ffff-ffff-ffffffffffff'),
  (3, 32767, 2147483647, 9223372036854775807, 1e+10, 1e+20, 123456789012345.12345, 1234567890123456789012.1234567890123456, '1e3', NULL, '80000000-0000-0000-0000-000000000000'),
  (4, 0, 0, 0, 0.1, 0.1, 0.10000, 0.1, '-0', true, '7f000000-0000-0000-0000-000000000000'),
  (5, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (6, 5, 5, 5, 1.5, 0.5, 0.50000, 1.10, '0x1F', true, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
  (7, 7, 7, 7, 1.6777216e+07, 9.007199254740992e+15, 1.00005, 0.00000001, 'NaN', false, NULL),
  (8, 1, 1, 1, 1e-10, 1e-300, -0.00001, -0.000000000000001, 'infinity', true, NULL);
