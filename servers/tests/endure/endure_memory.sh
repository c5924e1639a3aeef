#!/bin/sh
# 10,000 idle connections and bursts of bodies against every model: what a connection costs, and that its memory is
# given back. The test itself is harness/tests/test_connection_memory.c, whose short form belongs to `make test`.
#
# run-tests: timeout 600
: "${BACKBENCH_TOOLS:?is set by scripts/run-tests}"
exec "$BACKBENCH_TOOLS/test_connection_memory" whole
