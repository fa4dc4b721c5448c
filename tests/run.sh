#!/usr/bin/env bash
# Every test of orca, on a machine with nothing but Debian or Ubuntu, as root: installs what is missing, builds, checks, tests.
# Ends with one line, `N passed, N failed[, N skipped]`, and exit code 0 only if nothing failed.
#   tests/run.sh               all suites
#   tests/run.sh unit e2e      some of: build typecheck lint unit contract e2e long
#   tests/run.sh --long        all, and `long`: faults on three engines, attacks in full, properties by the thousand; hours
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
. ./scripts/apt.sh

BUDGET=3500 # seconds, for everything
LONG_BUDGET=14400 # the same where `long` is among it
PACKAGES='docker.io iptables iproute2 busybox-static tini strace docker-registry openssl curl ca-certificates procps util-linux iputils-ping python3 prometheus zsh fish musl-tools pebble'

passed=0 failed=0 skipped=0
base=${TMPDIR:-/tmp}
work=$(mktemp -d "$base/orca-run-XXXXXX")
echo $$ >"$work/pid"
mkdir "$work/t" && chmod 755 "$work" "$work/t"
# everything that a test starts inherits the mark, and puts its files here: that is how leftovers are found
export ORCA_TEST_RUN="run-$$-$RANDOM" TMPDIR="$work/t"
export NO_COLOR=1
# what V8 made of a module is kept for the next process that loads it: tests, and the servers and CLIs that they start
export NODE_COMPILE_CACHE="$work/compiled"

main() {
  local suites=${*:-build typecheck lint unit contract e2e} named=() patterns=() long=
  [ "${1-}" != --long ] || suites="build typecheck lint unit contract e2e ${*:2} long"
  echo "== install"
  install || { failed=$((failed + 1)); finish; }
  dead_runs
  for suite in $suites; do
    case $suite in
      build) check build 300 node scripts/build.ts ;;
      typecheck) check typecheck 300 tsc -p . ;;
      lint) check lint 120 biome check . ;;
      unit) named+=("$suite") patterns+=('tests/unit/**/*.test.ts' 'tests/cluster/*.test.ts' tests/architecture.test.ts) ;;
      contract | e2e) named+=("$suite") patterns+=("tests/$suite/**/*.test.ts") ;;
      long) long=yes BUDGET=$LONG_BUDGET ;;
      *) echo "no such suite: $suite"; failed=$((failed + 1)) ;;
    esac
  done
  # together: what waits, as most of e2e does, leaves the cores to what computes, as most of unit does
  [ ${#named[@]} -eq 0 ] || again=again tests "${named[*]}" 3000 "$(lanes)" "${patterns[@]}"
  [ -z "$long" ] || long
  sweep
  check 'nothing left behind' 60 node tests/run/leftovers.ts
  finish
}

# What takes too long for each change, a file at a time: it needs the machine for itself. Each prints the seed to play it again.
long() {
  export ORCA_SHOP_FULL=1 ORCA_LONG=1
  tests long "$LONG_BUDGET" 1 'tests/long/**/*.test.ts' \
    tests/e2e/system/{shop-attack,under-load,canary,blue-green,rollback,names,release,volumes}.test.ts \
    tests/cluster/{moved,killed,troubles}.test.ts 'tests/unit/**/*.property.test.ts' \
    tests/unit/api/fuzz/fuzz.test.ts tests/contract/store/{sqlite,mirror,sqlite-power}.test.ts
}

install() {
  without_services apt_install $PACKAGES || return 1
  ./install.sh --here || return 1
  readable || copy
  export PATH="$PWD/node_modules/.bin:$PATH"
}

# Workers of a data plane run as a user of their own, 60880, who must read the code to replace one.
readable() {
  local file
  for file in src/main.ts src/dataplane/worker/main.ts node_modules/zod/package.json node_modules/.bin/node; do
    setpriv --reuid 60880 --regid 60880 --clear-groups test -r "$PWD/$file" || return 1
  done
}

# A checkout below /root, or of a strict umask: the tests run in a copy of it.
copy() {
  chmod 755 "$work" && mkdir "$work/orca" &&
    tar --create --exclude=./.git . | tar --extract --directory "$work/orca" && chmod -R a+rX "$work/orca" && cd "$work/orca"
}

# As many files at once as keep the cores busy while some of them wait.
lanes() {
  local cores
  cores=$(nproc)
  echo $((cores < 5 ? cores + 3 : 8))
}

# check NAME SECONDS COMMAND... : one test
check() {
  local name=$1 limit=$2
  shift 2
  echo "== $name"
  if limited "$name" "$limit" "$@"; then passed=$((passed + 1)); else failed=$((failed + 1)); echo "FAILED: $name"; fi
}

# tests NAME SECONDS FILES-AT-ONCE PATTERN... : as many tests as the files contain. With `again` set, a file that fails is run
# once more, alone: a test that passes then counts as passed, and is named before the count as unsteady.
tests() {
  local name=$1 limit=$2 concurrency=$3 record=$work/record counts=$work/counts code=0 p=0 f=0 s=0
  shift 3
  echo "== $name"
  rm -rf "$record" "$record.groups" "$record.cpu" "$counts"
  limited "$name" "$limit" node tests/run/suite.ts "$record" "$concurrency" "$@" || code=$?
  [ "$code" -eq 1 ] || again=
  limited "$name, counted" "$limit" node tests/run/settle.ts "$record" "$counts" ${again-} || f=1
  grep ' of CPU  ' "$counts"
  grep '^unsteady: ' "$counts" >>"$work/unsteady"
  [ -s "$counts" ] && read -r p f s < <(tail -n 1 "$counts")
  [ -n "${again-}" ] && [ "$f" -eq 0 ] && code=0
  # a suite that crashed, ran into its limit or found no test has failed, whatever it counted
  if [ "$f" -eq 0 ] && { [ "$code" -ne 0 ] || [ $((p + s)) -eq 0 ]; }; then f=1; echo "FAILED: $name ended with code $code"; fi
  echo "   $name: $p passed, $f failed, $s skipped"
  passed=$((passed + p)) failed=$((failed + f)) skipped=$((skipped + s))
}

# limited NAME SECONDS COMMAND... : ends it with all it started in its process group when the time is over
limited() {
  local name=$1 limit=$2 left=$((BUDGET - SECONDS)) began=$SECONDS code=0
  shift 2
  [ "$left" -lt "$limit" ] && limit=$left
  [ "$limit" -gt 0 ] || { echo "no time left for $name"; return 124; }
  timeout --kill-after=20 "$limit" "$@" &
  running=$!
  wait "$running" || code=$?
  running=
  [ "$code" -eq 124 ] && echo "$name was stopped after $limit s"
  echo "   $name took $((SECONDS - began)) s"
  return "$code"
}

# What runs left that were killed: their engines, then their folders.
dead_runs() {
  local dir
  for dir in "$base"/orca-run-*/; do
    if [ ! -f "$dir/pid" ] || kill -0 "$(cat "$dir/pid")" 2>/dev/null; then continue; fi
    TMPDIR=${dir}t timeout 60 node tests/lab/sweep.ts && rm -rf "$dir"
    uncounted "${dir%/}"
  done
}

# uncounted FOLDER : the control groups of a run in which CPU was counted, and which it could not remove itself
uncounted() { find /sys/fs/cgroup -depth -path "*/orca-cpu-${1##*/}*" -type d -exec rmdir {} + 2>/dev/null; }

sweep() { timeout 60 node tests/lab/sweep.ts || echo 'the sweep failed'; }

finish() {
  trap - EXIT
  cat "$work/unsteady" 2>/dev/null
  uncounted "$work"
  rm -rf "$work"
  echo "$((SECONDS / 60)) min $((SECONDS % 60)) s"
  local line="$passed passed, $failed failed"
  [ "$skipped" -gt 0 ] && line="$line, $skipped skipped"
  echo "$line"
  [ "$failed" -eq 0 ]
  exit
}

interrupted() {
  trap '' INT TERM
  [ -n "${running-}" ] && kill "$running" 2>/dev/null && wait "$running"
  echo 'interrupted'
  failed=$((failed + 1))
  sweep
  node tests/run/leftovers.ts
  finish
}

trap interrupted INT TERM
trap 'rm -rf "$work"' EXIT
main "$@"
