#!/usr/bin/env bash
# Installs orca. Every form can be run again, and can be interrupted and run again.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
. ./scripts/apt.sh

usage() {
  cat <<'TEXT'
Usage: ./install.sh --here            runtime, packages and build in this checkout; then ./cli/orca runs
       ./install.sh --demo            --here, then a server and an example service to look at (needs root)
       ./install.sh --demo --stop     takes all of the demo away
       ./install.sh --join [options]  --here, Docker where there is none, then `orca join`: this machine becomes a node
                                      of a cluster (needs root); the line to join with is read from standard input
       ./install.sh --help

Outside this checkout, --here installs nothing but Debian's npm where there is none. --demo installs docker.io, iptables,
iproute2, busybox-static, ca-certificates and curl where they are missing, and these stay; all else is in ./.orca-demo, or
gone with --stop. --join installs docker.io, iptables, iproute2, iputils-ping and ca-certificates where there is no Docker.
TEXT
}

main() {
  if [ "${1-}" = --join ]; then
    . ./scripts/join.sh
    join_machine "${@:2}"
  fi
  case "$*" in
    --here)
      here
      say 'orca is installed here: try ./cli/orca --help'
      ;;
    --demo)
      . ./scripts/demo.sh
      demo_possible
      here
      demo_start
      ;;
    '--demo --stop' | '--stop --demo')
      . ./scripts/demo.sh
      demo_stop
      ;;
    --help | -h) usage ;;
    '' | --uninstall*) fail 'installing on the machine is not yet supported; see ./install.sh --help' ;;
    *) usage >&2 && fail "not understood: $*" ;;
  esac
}

# a program that ends in order when it is interrupted would else be taken for one that has done its work
trap 'say "interrupted; run it again to go on" >&2; exit 130' INT TERM

say() { echo "orca: $*"; }

fail() {
  echo "orca: $*" >&2
  exit 1
}

here() {
  packages
  link_node
  build
}

# The lockfile says it all, the Node that orca runs on included; npm and whatever Node it has only fetch it.
packages() {
  if [ -n "$(runtime)" ] && [ node_modules/.package-lock.json -nt package-lock.json ]; then return; fi
  command -v npm >/dev/null || apt_install npm || fail 'npm is missing, and could not be installed'
  say 'fetching packages'
  # a cache of its own, gone afterwards: nothing stays outside of the checkout
  npm ci --cache "$PWD/.npm-cache" --ignore-scripts --no-audit --no-fund --progress=false --loglevel=error ||
    fail 'the packages could not be fetched; see above'
  rm -rf .npm-cache
  [ -n "$(runtime)" ] || fail "$(why_no_runtime)"
  touch node_modules/.package-lock.json
}

# npm leaves out what it has no room for, and says nothing
why_no_runtime() {
  case $(uname -m) in
    x86_64 | aarch64) echo 'the runtime was not unpacked: is there room on the disk? 500 MB are needed' ;;
    *) echo "there is no runtime for this machine ($(uname -m)): x86_64 and aarch64 are supported" ;;
  esac
}

# `npm run`, and who puts .bin in front of PATH, get the Node of the packages, and not an old one of the machine.
link_node() {
  local node
  node=$(runtime)
  case $node in
    node_modules/*) [ -x node_modules/.bin/node ] || ln -sf "../${node#*/}" node_modules/.bin/node ;;
  esac
}

build() {
  local newer
  newer=$([ ! -e dist/cli.js ] || find src cli scripts package-lock.json -newer dist/cli.js -type f -print -quit)
  if [ -e dist/cli.js ] && [ -z "$newer" ]; then return; fi
  say 'building'
  if "$(runtime)" scripts/build.ts; then return; fi
  rm -f node_modules/.package-lock.json # what is missing among the packages is fetched at the next call
  fail 'the build failed; see above'
}

# the Node that came with the packages, or the machine's if it is new enough
runtime() {
  local node
  for node in node_modules/node-linux-*/bin/node; do
    if [ -x "$node" ] && "$node" --version >/dev/null 2>&1; then echo "$node" && return; fi
  done
  node=$(command -v node) || return 0
  "$node" -e 'const [a, b, c] = process.versions.node.split(".").map(Number);
    process.exit(a > 24 || (a === 24 && (b > 18 || (b === 18 && c >= 1))) ? 0 : 1)' && echo "$node"
  return 0
}

main "$@"
