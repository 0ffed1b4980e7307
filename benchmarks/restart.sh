#!/usr/bin/env bash
# How long a server takes to serve again after `kill -9`: rows are written, the process is killed, and the time from its next start,
# by `./omendb start`, to the first answer and to those about every table is measured, with the processor time that the start took and
# the phases that the server logs.
# usage: benchmarks/restart.sh [ROUNDS] [ROWS]     (defaults 5, 300; OMENDB_JAVA_OPTS and what else the launcher takes from the environment)
set -euo pipefail
cd "$(dirname "$0")/.."
rounds="${1:-5}" rows="${2:-300}"
command -v psql > /dev/null || { echo "psql is needed" >&2; exit 1; }
data="$(mktemp -d "${TMPDIR:-/tmp}/omendb-restart.XXXXXX")"
trap 'kill_server; rm -rf "$data"' EXIT

now_ms() { date +%s%3N; }
# User and system time of a process and all its threads, in ms.
cpu_ms() { awk -v hz="$(getconf CLK_TCK)" '{ sub(/^.*\) /, ""); printf "%d", ($12 + $13) * 1000 / hz }' "/proc/$1/stat"; }

start() {
  ./omendb start --data "$data" --port 0 --flink-ui-port 0 --gateway-rest-port 0 > "$data.out" || { cat "$data.out" >&2; exit 1; }
  rm -f "$data.out"
  pid="$(cat "$data/server.pid")"
  local address
  address="$(sed -n 's/^ *PostgreSQL *//p' "$data/server.addresses")"
  host="${address%:*}" port="${address##*:}"
}
kill_server() {
  [ -n "${pid:-}" ] || return 0
  kill -9 "$pid" 2> /dev/null || true
  while kill -0 "$pid" 2> /dev/null; do sleep 0.02; done
  pid=""
}
sql() { psql -X -q -A -t -v ON_ERROR_STOP=1 -h "$host" -p "$port" -U omendb -d omendb "$@"; }

start
for table in 1 2 3 4; do sql -c "CREATE TABLE t$table (id int PRIMARY KEY, note text NOT NULL)"; done
echo "round  ready ms  first answer ms  all tables ms  cpu ms"
for round in $(seq "$rounds"); do
  for table in 1 2 3 4; do
    { echo "BEGIN;"; for row in $(seq $((rows / 4))); do echo "INSERT INTO t$table VALUES ($((round * 1000000 + row)), 'row $row');"; [ $((row % 10)) -ne 0 ] || echo "COMMIT; BEGIN;"; done; echo "COMMIT;"; } | sql
  done
  expected="$(for table in 1 2 3 4; do sql -c "SELECT count(*) FROM t$table"; done | paste -sd' ')"
  kill_server
  : > "$data/server.log"
  begin="$(now_ms)"
  start
  ready="$(now_ms)"
  sql -c "SELECT note FROM t1 WHERE id = $((round * 1000000 + 1))" > /dev/null
  first="$(now_ms)"
  found="$(for table in 1 2 3 4; do sql -c "SELECT count(*) FROM t$table"; done | paste -sd' ')"
  answered="$(now_ms)"
  [ "$found" = "$expected" ] || { echo "expected $expected rows, found $found" >&2; exit 1; }
  printf '%5d  %8d  %15d  %13d  %6d\n' "$round" $((ready - begin)) $((first - begin)) $((answered - begin)) "$(cpu_ms "$pid")"
  grep -o 'started: .*' "$data/server.log" | sed 's/^/       /' || true
done
[ -z "${KEEP_LOG:-}" ] || cp "$data/server.log" "$KEEP_LOG"
