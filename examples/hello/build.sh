#!/usr/bin/env bash
# Makes the image of this example, by default orca-hello:1. Needs Docker; nothing is pulled.
#   examples/hello/build.sh [IMAGE]
set -euo pipefail
cd "$(dirname "$0")"
. ../../scripts/apt.sh
image=${1:-orca-hello:1}

# a busybox with libraries would not start in an empty image
apt_install busybox-static
context=$(mktemp -d -t orca-hello-XXXXXX)
trap 'rm -rf "$context"' EXIT
cp "$(command -v busybox)" Dockerfile index.html "$context"
docker build --quiet --tag "$image" "$context" >"$context/log" 2>&1 || { cat "$context/log" >&2; exit 1; }
