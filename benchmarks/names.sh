#!/usr/bin/env bash
# The long form of OddNamesTest: tables, columns, constraints and aliases with names of all of Unicode's classes, path tricks and what else
# is awkward are created, read on both routes, published, read by Iceberg and dropped.
# usage: benchmarks/names.sh [NAMES] [SEED]     (default 5000 tables, five names each; a random seed, which is printed)
set -euo pipefail
cd "$(dirname "$0")/.."
mvn -B -ntp -q -pl sql-gateway -am test -Dtest=OddNamesTest -Dsurefire.failIfNoSpecifiedTests=false -Dsurefire.rerunFailingTestsCount=0 \
  -Domendb.names="${1:-5000}" -Domendb.test.seed="${2:-$RANDOM$RANDOM}"
echo "${1:-5000} tables with odd names were served and published"
