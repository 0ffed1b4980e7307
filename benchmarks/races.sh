#!/usr/bin/env bash
# Stress tests of the lock-free protocols under jcstress: memtable slots, chains and growth, the read guard, the
# block cache, the read gate, and the waiting for CSNs and shards. Fails if an outcome was seen that must not be.
# usage: benchmarks/races.sh [MINUTES] [TESTS]   (default: 10 minutes, all; TESTS is a regular expression, e.g. RaceTables)
# Rounds over compilers (both, C1 alone, the interpreter) follow each other until the time is over; a round is finished.
# Reports and the log are left in benchmarks/target/races. The short form is in `mvn verify`: MemtableRaceTest,
# StoreRaceTest, ReadGuardTest, BlockCacheTest, CsnGateTest, ShardDirectoryTest.
set -euo pipefail
cd "$(dirname "$0")/.."
minutes="${1:-10}"
tests="${2:-.*}"
mvn -B -ntp -q -pl benchmarks -am package -DskipTests
results="$PWD/benchmarks/target/races"
rm -rf "$results"
mkdir -p "$results"
cd "$results"
compilers=("-XX:+TieredCompilation" "-XX:TieredStopAtLevel=1" "-XX:-TieredCompilation" "-Xint")
deadline=$((SECONDS + minutes * 60))
round=0
while ((SECONDS < deadline)); do
  compiler="${compilers[round % ${#compilers[@]}]}"
  round=$((round + 1))
  java -Xmx256m -cp ../benchmarks.jar org.openjdk.jcstress.Main -t "$tests" -f 1 -fsm 1 -iters 3 -time 1000 -hs 512 \
    -jvmArgs "-XX:+UseSerialGC $compiler" -r "report-$round" | tee -a races.log | grep -E "FAILED|ERROR|Forbidden" || true
  if grep -qE "\[(FAILED|ERROR|TIMEOUT)\]" races.log; then
    echo "round $round ($compiler): see $results/races.log"
    exit 1
  fi
  grep -qE "[1-9][0-9]* passed" races.log || { echo "no test ran: see $results/races.log"; exit 1; }
done
echo "$round rounds without a forbidden outcome"
