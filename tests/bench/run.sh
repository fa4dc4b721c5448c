#!/usr/bin/env bash
# Measures orca beside its peers, interleaved, on this machine; needs root on Debian or Ubuntu. Not part of tests/run.sh.
#   tests/bench/run.sh                    every section, and the figures go into docs/performance.md
#   tests/bench/run.sh proxy plan         some of: tasks killed nodes proxy names idle plan place growth
#   tests/bench/run.sh --quick [...]      few short rounds, to see that it works; docs/performance.md stays as it is
#   tests/bench/run.sh --rounds N [...]
#   tests/bench/run.sh --against DIR proxy   the proxy beside that of another checkout, installed and built; the page stays as it is
#   tests/bench/run.sh --against DIR --split request|client|header|cookie proxy   the same, with a pool of two versions here
# Results are printed, and appended as JSON lines to $BENCH_RESULTS (bench-of-orca.jsonl in the temporary folder).
set -uo pipefail
cd "$(dirname "$0")/../.." || exit 1
. ./scripts/apt.sh

PACKAGES='docker.io iptables iproute2 busybox-static tini util-linux procps ca-certificates'
PEERS='wrk caddy nginx-light haproxy dnsmasq-base'

main() {
  prepare || exit 1
  node tests/bench/main.ts --work "$work" "$@" &
  running=$!
  local code=0
  wait "$running" || code=$?
  running=
  clean || code=1
  exit "$code"
}

prepare() {
  without_services apt_install $PACKAGES $PEERS || return 1
  ./install.sh --here || return 1
  for arch in x64 arm64; do
    [ -x "node_modules/node-linux-$arch/bin/node" ] && PATH="$PWD/node_modules/node-linux-$arch/bin:$PATH"
  done
  export PATH
}

# What dies with its parent is gone by now; the rest is found by its namespace.
clean() {
  timeout 60 node tests/lab/sweep.ts
  local code=0
  node tests/run/leftovers.ts || code=1
  rm -rf "$work"
  return "$code"
}

interrupted() {
  trap '' INT TERM
  [ -n "${running-}" ] && kill "$running" 2>/dev/null && wait "$running"
  clean
  exit 130
}

base=${TMPDIR:-/tmp}
work=$(mktemp -d "$base/orca-run-XXXXXX")
echo $$ >"$work/pid"
mkdir "$work/t" && chmod 711 "$work" "$work/t" # the data plane's own user passes through
export BENCH_RESULTS=${BENCH_RESULTS:-$base/bench-of-orca.jsonl}
export ORCA_TEST_RUN="bench-$$-$RANDOM" TMPDIR="$work/t" NO_COLOR=1
trap interrupted INT TERM
trap 'rm -rf "$work"' EXIT
main "$@"
