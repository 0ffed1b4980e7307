#!/usr/bin/env bash
# The tests of a full disk on a real small file system as well, which they fill to the last byte. Needs root, to mount a tmpfs; the build runs the same
# tests on a simulated disk and against a server's disk reserve.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
disk="$(mktemp -d)"
trap 'umount "$disk" && rmdir "$disk"' EXIT

mount -t tmpfs -o size=16m tmpfs "$disk"
mvn -B -pl flink-jobs -am test -Dtest=FullDiskTest -Dsurefire.failIfNoSpecifiedTests=false "-Domendb.small-disk=$disk" "$@"
umount "$disk"

mount -t tmpfs -o size=600m tmpfs "$disk"
mvn -B -pl sql-gateway -am test -Dtest=FullDiskServerTest -Dsurefire.failIfNoSpecifiedTests=false "-Domendb.small-disk=$disk" "$@"
