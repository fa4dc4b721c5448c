#!/usr/bin/env bash
# Makes the images of this example and deploys it, to the server that `orca` finds: run it on the Docker host, as root.
#   examples/shop/run.sh [VERSION]      of the app; 1 unless given
# DOCKER_HOST names another engine. Debian with PostgreSQL, Redis and nginx (500 MB) and the app's packages are fetched once, and kept
# in SHOP_CACHE, by default /var/cache/orca-shop. Nothing is pulled.
set -euo pipefail
cd "$(dirname "$(readlink -f "$0")")"
. ../../scripts/apt.sh
root=$PWD/../..
cache=${SHOP_CACHE:-/var/cache/orca-shop}
export VERSION=${1:-1}

main() {
  command -v docker >/dev/null || fail 'there is no Docker on this machine'
  "$root/cli/orca" version >/dev/null 2>&1 || "$root/install.sh" --here
  mkdir -p "$cache"
  exec 9>"$cache/lock"
  flock 9 # two at once would make the same things
  debian
  packages
  images
  flock --unlock 9
  secrets
  orca deploy -f orca.yml
  say "try: curl http://shop.localhost"
}

say() { echo "shop: $*"; }

fail() {
  echo "shop: $*" >&2
  exit 1
}

orca() { "$root/cli/orca" "$@"; }

# A Debian (or Ubuntu) as this machine's, from where this machine gets its packages.
debian() {
  local suite mirror tree parts=main
  suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
  [ "$(. /etc/os-release && echo "$ID")" != ubuntu ] || parts=main,universe
  tar=$cache/debian-$suite-$(uname -m)-2.tar # the last number goes up when what is made below changes
  [ ! -e "$tar" ] || return 0
  apt_install debootstrap
  mirror=$(apt-cache policy | awk '$2 ~ /^http/ { print $2; exit }')
  tree=$cache/tree
  rm -rf "$tree" && mkdir "$tree" # one that was interrupted
  say 'making a Debian with PostgreSQL, Redis and nginx, which takes a minute or two, once'
  debootstrap --variant=minbase --components="$parts" --include=postgresql,redis-server,nginx-light "$suite" "$tree/root" "$mirror" \
    >"$cache/debian.log" 2>&1 || fail "debootstrap failed, see $cache/debian.log"
  finish "$tree/root"
  tar --create --file "$tree/tar" --directory "$tree/root" --exclude=./dev/* .
  mv "$tree/tar" "$tar"
  rm -rf "$tree"
}

# Users with the numbers that orca.yml names, whatever the packages took; and without what a container does not need.
finish() {
  local tree=$1
  chroot "$tree" groupmod -g 999 postgres && chroot "$tree" usermod -u 999 -g 999 postgres
  chroot "$tree" groupmod -g 998 redis && chroot "$tree" usermod -u 998 -g 998 redis
  ln -s "$(basename "$tree"/usr/lib/postgresql/*)" "$tree/usr/lib/postgresql/current"
  rm -rf "$tree"/var/cache/apt/* "$tree"/var/lib/apt/lists/* "$tree"/usr/share/{doc,man,locale}/* \
    "$tree"/var/lib/postgresql/* "$tree"/var/lib/redis/*
}

# What the app's lockfile says.
packages() {
  modules=$cache/modules-$(sha256sum <app/package-lock.json | cut -c 1-12)
  [ ! -e "$modules" ] || return 0
  command -v npm >/dev/null || apt_install npm
  rm -rf "$cache/draft" && mkdir "$cache/draft"
  cp app/package.json app/package-lock.json "$cache/draft"
  say "fetching the app's packages"
  (cd "$cache/draft" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
  mv "$cache/draft" "$modules"
}

images() {
  if [ "$(docker image inspect --format '{{.Config.Labels.made}}' orca-shop-debian 2>/dev/null)" != "$(basename "$tar")" ]; then
    say 'importing it'
    docker import --change "LABEL made=$(basename "$tar")" "$tar" orca-shop-debian >/dev/null
  fi
  build db 1 db
  build redis 1 redis
  build nginx 1 nginx
  context=$(mktemp -d -t orca-shop-XXXXXX)
  trap 'rm -rf "$context"' EXIT
  cp -r app/. "$modules/node_modules" "$context"
  cp "$(echo "$root"/node_modules/node-linux-*/bin/node)" "$context/node"
  build app "$VERSION" "$context"
}

build() { # NAME VERSION FOLDER
  say "making the image orca-shop-$1:$2"
  docker build --quiet --build-arg VERSION="$2" --tag "orca-shop-$1:$2" "$3" >"$cache/build.log" 2>&1 ||
    { cat "$cache/build.log" >&2; exit 1; }
}

# Random ones, once: the database keeps the password that it was made with.
secrets() {
  local key set
  set=$(orca secrets ls --project shop --json)
  for key in DB_PASSWORD REDIS_PASSWORD RECEIPT_KEY; do
    grep -q "\"$key\"" <<<"$set" || od -An -tx1 -N 24 /dev/urandom | tr -d ' \n' | orca secrets set "$key" --project shop
  done
}

main "$@"
