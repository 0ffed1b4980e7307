#!/usr/bin/env bash
# The soak: transactions, pgbench, analytics on both routes, tables with odd names, bulk loads, kills, a catalog that
# comes and goes and a foreign commit, all at once on a server with a heap of 2 GB; then what must be true is checked.
# usage: benchmarks/soak.sh [MINUTES] [RUNS] [SEED]     (default 30 minutes, once)
set -euo pipefail
cd "$(dirname "$0")/.."
minutes="${1:-30}" runs="${2:-1}" seed="${3:-$(date +%s)}"
for ((i = 0; i < runs; i++)); do
  mvn -B -ntp -q -pl sql-gateway -am test -Dtest=Soak -Dsurefire.failIfNoSpecifiedTests=false -Dsurefire.rerunFailingTestsCount=0 \
    -Dsoak.seconds="$((minutes * 60))" -Dseed="$((seed + i))"
  echo "run $((i + 1)) of $runs passed: $minutes minutes, seed $((seed + i))"
done
