#!/usr/bin/env bash
# The long form of the freshness test: commit on one connection, aggregate on another, on the Flink route, while the lake is committed to.
# usage: benchmarks/freshness.sh [ROUNDS]     (default 1000; needs a few minutes)
set -euo pipefail
cd "$(dirname "$0")/.."
mvn -B -ntp -q -pl sql-gateway -am test -Dtest=FreshnessTest -Dsurefire.failIfNoSpecifiedTests=false -Dfreshness.rounds="${1:-1000}"
echo "no round of ${1:-1000} missed a commit"
