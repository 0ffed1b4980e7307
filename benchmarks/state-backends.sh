#!/usr/bin/env bash
# Measures state backends, or one property of them, and prints Markdown tables.
set -euo pipefail

usage() {
  cat <<'TEXT'
usage: benchmarks/state-backends.sh COMMAND [--name value ...]

Further arguments go to the program behind the command and override its defaults.

  short         everything with tiny sizes; about a minute, 200 MB of disk
  memory        10 M keys of 1 KB, Zipfian and uniform, 12 GB enforced with the page cache; root;
                about 40 minutes for each access and backend, 40 GB of disk
  small-memory  the same under 2 GB; twice as long
  key-sets      gets over the 8 key sets, 1 M keys of 100 bytes; about 4 minutes, 1 GB of disk
                (--backends learned,rocksdb-tuned for both)
  readers       snapshot reads beside 100,000 upserts/s, 1 M keys of 100 bytes; about 2 minutes for
                uniform and Zipfian reads, 2 GB of disk
  checkpoints   checkpoints after changes and restores, 1 M and 10 M keys of 100 bytes; about 15
                minutes, 10 GB of disk (ARGUMENTS apply to both)
  long          50 M keys of 1 KB, Zipfian, 12 GB enforced; root; hours, 160 GB of disk

memory, small-memory and long keep what each backend reported in $REPORTS (default
benchmarks/target/reports) and do not run a backend again that is done with the same options, so a
table can be made one backend at a time: --backends learned, then --backends learned,rocksdb-tuned.
Working files are below $WORK (default: a new directory in benchmarks/target), removed at the end
and when interrupted. They must be on a disk, not in memory.
TEXT
}

here=$(cd "$(dirname "$0")" && pwd)
command=${1:-}
[ -n "$command" ] || { usage; exit 2; }
shift
case $command in
  short | memory | small-memory | key-sets | readers | checkpoints | long) ;;
  *) usage; [ "$command" = --help ] && exit 0; exit 2 ;;
esac

jar=$here/target/benchmarks.jar
if [ ! -f "$jar" ]; then
  (cd "$here/.." && mvn -q -B -ntp -pl benchmarks -am -DskipTests package)
fi
reports=${REPORTS:-$here/target/reports}
mkdir -p "${WORK:-$here/target}"
work=$(mktemp -d "${WORK:-$here/target}/state-backends.XXXXXX")
java_pid=
cleanup() {
  if [ -n "$java_pid" ]; then
    kill "$java_pid" 2>/dev/null || true
    wait "$java_pid" 2>/dev/null || true
  fi
  rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT TERM

# run HEAP_MB DIRECT_MB PROGRAM ARGUMENT...: in the background, so that a signal is handled at once.
run() {
  local heap=$1 direct=$2 program=$3
  shift 3
  java "-Xmx${heap}m" "-XX:MaxDirectMemorySize=${direct}m" -Dlog4j2.level=WARN \
    --add-opens=java.base/java.util=ALL-UNNAMED --add-opens=java.base/java.lang=ALL-UNNAMED \
    --add-opens=java.base/java.nio=ALL-UNNAMED \
    -cp "$jar" "io.omendb.bench.state.$program" --directory "$work" "$@" &
  java_pid=$!
  local status=0
  wait "$java_pid" || status=$?
  java_pid=
  return $status
}

# need GIGABYTES: refuses to begin what the disk cannot hold.
need() {
  local free
  free=$(($(df --output=avail -k "$work" | tail -1) / 1000000))
  if [ "$free" -lt "$1" ]; then
    echo "$command needs $1 GB of disk below $work, $free GB are free" >&2
    exit 1
  fi
}

# limited NAME LIMIT_MB MEMORY_MB HEAP_MB KEYS ACCESS ARGUMENT...
limited() {
  local name=$1 limit=$2 memory=$3 heap=$4 keys=$5 access=$6
  shift 6
  run 256 64 StateBackends --backends learned,rocksdb-tuned --keys "$keys" --value-bytes 1000 \
    --access "$access" --limit-mb "$limit" --memory-mb "$memory" --heap-mb "$heap" \
    --rounds 3 --round-seconds 10 --warm-up-seconds 30 --write-seconds 60 \
    --operations get,missing,mix-95-5,mix-50-50,put,read-modify-write \
    --reports "$reports/$name-$access" "$@"
}

case $command in
  short)
    tiny=(--keys 20000 --rounds 1 --round-seconds 0.1 --warm-up-seconds 0.1 --quiet-seconds 0.3
      --miss-samples 500 --memory-mb 64 --heap-mb 160)
    run 128 64 StateBackends "${tiny[@]}" --backends learned,rocksdb-tuned --write-seconds 0.5 "$@"
    run 128 64 KeySets "${tiny[@]}" --keys 5000
    run 256 256 SnapshotReaders --keys 20000 --seconds 2 --warm-up-seconds 1 --memory-mb 64
    run 256 256 Checkpoints --backends learned,rocksdb-tuned --keys 20000 --repeats 2 --memory-mb 64
    ;;
  memory)
    need 40
    for access in zipf uniform; do
      limited memory 12288 8192 2048 10000000 "$access" "$@"
    done
    ;;
  small-memory)
    need 40
    for access in zipf uniform; do
      limited small-memory 2048 1024 512 10000000 "$access" "$@"
    done
    ;;
  key-sets)
    need 1
    run 256 64 KeySets --round-seconds 2 --warm-up-seconds 4 "$@"
    ;;
  readers)
    need 2
    for access in uniform zipf; do
      run 512 1024 SnapshotReaders --access "$access" --seconds 40 --warm-up-seconds 10 "$@"
    done
    ;;
  checkpoints)
    need 10
    for keys in 1000000 10000000; do
      run 1024 1024 Checkpoints --backends learned,rocksdb-tuned --keys "$keys" "$@"
    done
    ;;
  long)
    need 160
    limited long 12288 8192 2048 50000000 zipf "$@"
    ;;
esac
