#!/usr/bin/env bash
# The long form of the damage test: every file of a data directory flipped, truncated and deleted, one at a time and in pairs, and a real
# start with all rows compared wherever the server does not refuse. Takes hours; a seed repeats a run.
# usage: benchmarks/damage.sh [PAIRS] [SEED]     (default 2000 pairs, a random seed)
set -euo pipefail
cd "$(dirname "$0")/.."
mvn -B -ntp -q -pl sql-gateway -am test -Dtest=DamageTest -Dsurefire.failIfNoSpecifiedTests=false \
  -Ddamage.pairs="${1:-2000}" -Ddamage.starts=all -Ddamage.lake=true -Dseed="${2:-$RANDOM}"
echo "every damage was survived or refused by name"
