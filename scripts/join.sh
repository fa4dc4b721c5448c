# Sourced by install.sh: `--join`. Needs bash, with say, fail, here and apt_install defined.

# join_machine [OPTION OF orca join]... : the line to join with stays on standard input, for orca alone
join_machine() {
  [ "$(id -u)" = 0 ] || fail 'joining needs root, for Docker'
  here </dev/null
  docker_ready "$@" </dev/null
  exec ./cli/orca join "$@"
}

# Docker of the distribution where there is none; one that is there, or named, is left as it is.
docker_ready() {
  case " $* " in *' --docker'*) return ;; esac
  if docker_runs; then return; fi
  command -v dockerd >/dev/null ||
    apt_install docker.io iptables iproute2 iputils-ping ca-certificates || fail 'Docker could not be installed'
  if docker_runs; then return; fi # the package may have started it
  [ -d /run/systemd/system ] || fail 'Docker is installed, and does not run: start dockerd as this machine starts its services, then run this again'
  say 'starting Docker'
  systemctl enable --now docker.service || fail 'Docker did not start: see journalctl -u docker'
  local tries
  for tries in $(seq 60); do
    docker_runs && return
    sleep 1
  done
  fail 'Docker was started, and does not answer: see journalctl -u docker'
}

docker_runs() { command -v docker >/dev/null && timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }
