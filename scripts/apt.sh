# Sourced by whoever installs packages: install.sh, the tests, the benchmark, the example. Needs bash.

# apt_install PACKAGE... : installs those that are missing, without a question. The distribution's lists are fetched only if
# they are missing or too old to find a package.
apt_install() {
  local missing=() package
  for package in "$@"; do is_installed "$package" || missing+=("$package"); done
  [ ${#missing[@]} -gt 0 ] || return 0
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    echo "missing, and only root on Debian or Ubuntu can install them here: ${missing[*]}" >&2
    return 1
  fi
  echo "orca: installing from the distribution, which may take some minutes: ${missing[*]}"
  local log
  log=$(apt_get install -y --no-install-recommends "${missing[@]}") ||
    { log=$(apt_get update) && log=$(apt_get install -y --no-install-recommends "${missing[@]}"); } ||
    { echo "$log" | tail -n 15 >&2; return 1; }
}

is_installed() { dpkg-query -W -f '${Status}' "$1" 2>/dev/null | grep -q 'ok installed'; }

apt_get() {
  DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 -o Acquire::Retries=3 "$@" </dev/null 2>&1
}

# without_services COMMAND... : what is installed meanwhile is wanted as programs; no service of it is started, now or with the machine.
without_services() {
  local policy=/usr/sbin/policy-rc.d mine='' code=0 before
  before=$(enabled)
  [ -e "$policy" ] || { printf '#!/bin/sh\nexit 101\n' >"$policy" && chmod +x "$policy" && mine=yes; }
  "$@" || code=$?
  [ -z "$mine" ] || rm -f "$policy"
  comm -13 <(echo "$before") <(enabled) | xargs --no-run-if-empty rm -f --
  return "$code"
}

enabled() { find /etc/systemd/system -path '*.wants/*' -type l 2>/dev/null | sort; }
