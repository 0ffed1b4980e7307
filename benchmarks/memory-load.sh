#!/usr/bin/env bash
# A server with a heap of 512 MB under 100 large sorts, 1,000 open cursors, a result of 500 MB, 100 large hash tables and 40 transactions that
# never end: everything is answered, with rows or 53200, and afterwards nothing is held. Takes some minutes. The build runs a tenth of it.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
exec mvn -B -pl sql-gateway -am test -Dtest=MemoryUnderLoadTest -Dsurefire.failIfNoSpecifiedTests=false -Domendb.memory-load=full "$@"
