# Sourced by install.sh: `--demo` and `--demo --stop`. Needs bash, with say, fail, here, runtime and apt_install defined.

demo=$PWD/.orca-demo
noted=$demo/demo.env # what was started, and where; written before it is
image=orca-hello:1

demo_possible() {
  [ "$(id -u)" = 0 ] || fail 'the demo needs root, for Docker'
  [ ${#demo} -le 80 ] || fail "the path of this checkout is too long for the sockets in it: $demo"
}

demo_start() {
  mkdir -p "$demo" && chmod 711 "$demo"
  recall
  command -v curl >/dev/null || apt_install ca-certificates curl || fail 'curl could not be installed'
  docker_up
  say "making the image $image"
  ./examples/hello/build.sh "$image" || fail 'the image of the example could not be made'
  server_up
  say 'deploying examples/hello'
  orca deploy -f examples/hello/orca.yml || fail "the example could not be deployed; the server's log is $demo/server.log"
  show
}

demo_stop() {
  [ -d "$demo" ] || { say 'there is no demo here' && return; }
  recall
  [ -n "$(runtime)" ] || here
  ./cli/orca server --stop --all --data "$demo"
  docker_back
  if own_engine_answers; then remove_containers; fi
  docker_down
  rm -rf "$demo"
  say 'the demo is gone'
}

# --- what is kept between calls

note() { # NAME VALUE
  printf '%s=%q\n' "$1" "$2" >>"$noted"
  printf -v "$1" '%s' "$2"
}

recall() {
  api='' http='' cluster='' dockerd_pid='' dockerd_unit='' made='' made_bridge='' forward='' ip_forward=''
  if [ -f "$noted" ]; then . "$noted"; fi
}

# Over the socket in the folder, so it is this server and no other that answers.
orca() { ORCA_API='' ./cli/orca --data "$demo" "$@"; }

ask() { curl -sf --unix-socket "$demo/orca.sock" "$@"; } # no token: its mode is the credential

# --- Docker

docker_answers() { command -v docker >/dev/null && timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1; }

docker_up() {
  if docker_answers; then return; fi
  leave_others_alone
  apt_install docker.io iptables iproute2 ca-certificates || fail 'Docker could not be installed'
  if docker_answers; then return; fi # the package may have started it
  say 'starting Docker'
  if [ -d /run/systemd/system ]; then
    note dockerd_unit docker.service
    systemctl start docker.service || fail 'Docker did not start: see journalctl -u docker'
  else
    leave_others_alone
    start_dockerd
  fi
  until_true 60 docker_answers || { tail -n 5 "$demo/dockerd.log" >&2; fail 'Docker does not answer'; }
}

# Two engines in one network take the bridge and the rules of each other.
leave_others_alone() {
  local pid
  pid=$(other_dockerd) || return 0
  fail "another Docker engine runs here (dockerd, pid $pid), and does not answer at ${DOCKER_HOST:-/var/run/docker.sock}; set DOCKER_HOST to its socket: DOCKER_HOST=unix:///path ./install.sh --demo"
}

# The number of a dockerd in this network that the demo did not start; false if there is none.
other_dockerd() {
  local folder pid network
  network=$(readlink /proc/self/ns/net)
  for folder in /proc/[0-9]*; do
    pid=${folder#/proc/}
    [ "$(cat "$folder/comm" 2>/dev/null)" = dockerd ] || continue
    [ "$(readlink "$folder/ns/net" 2>/dev/null)" = "$network" ] || continue
    is_own "$pid" || { echo "$pid" && return 0; }
  done
  return 1
}

is_own() { tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline" | grep -qF -- "--pidfile $demo/dockerd.pid"; }

# The engine that the demo used: its own, or the one that was there when it began.
own_engine_answers() {
  [ -z "$dockerd_pid" ] || dockerd_runs || return 1
  docker_answers
}

# By hand, with its data in the demo's folder. Its number is noted by dockerd itself.
start_dockerd() {
  [ -n "$dockerd_pid" ] || note_machine
  note dockerd_pid "$demo/dockerd.pid"
  rm -f "$dockerd_pid"
  setsid dockerd --data-root "$demo/docker" --pidfile "$dockerd_pid" >>"$demo/dockerd.log" 2>&1 </dev/null &
}

# What dockerd makes or changes outside the demo's folder, and how it was before.
note_machine() {
  local path new=''
  for path in /etc/docker/key.json /run/docker /run/containerd; do [ -e "$path" ] || new+="$path "; done
  note made "$new"
  ip link show docker0 >/dev/null 2>&1 || note made_bridge docker0
  for path in iptables ip6tables; do "$path-save" >"$demo/$path.before" 2>/dev/null || true; done
  note forward "$(iptables -S FORWARD 2>/dev/null | sed -n 's/^-P FORWARD //p')"
  note ip_forward "$(cat /proc/sys/net/ipv4/ip_forward)"
}

dockerd_runs() {
  [ -f "$dockerd_pid" ] || return 1
  is_own "$(cat "$dockerd_pid")" # no other process that has got its number
}

# A dockerd that was killed has left its containers running, and only a dockerd can end them; one may also be starting still,
# or be ending, told so by a call that was interrupted.
docker_back() {
  if [ -z "$dockerd_pid" ] || own_engine_answers; then return; fi
  if other_dockerd >/dev/null; then
    fail "the demo's Docker has died, and another one runs here (dockerd, pid $(other_dockerd)). Stop that one and run this again: two cannot run side by side, and the demo's has containers to end"
  fi
  say 'starting Docker once more, to take away what it has left'
  until_true 60 docker_returns || { tail -n 5 "$demo/dockerd.log" >&2; fail 'Docker does not answer; run this again'; }
}

docker_returns() {
  dockerd_runs || start_dockerd
  docker_answers
}

docker_down() {
  if [ -n "$dockerd_unit" ]; then
    say 'stopping Docker' && systemctl stop docker.socket docker.service
  elif [ -n "$dockerd_pid" ]; then
    if dockerd_runs; then
      local pid
      pid=$(cat "$dockerd_pid")
      say 'stopping Docker'
      kill "$pid"
      until_true 60 ended "$pid" || fail "dockerd (pid $pid) does not end; run this again"
    fi
    if other_dockerd >/dev/null; then
      say "another Docker engine runs here by now: docker0, its rules and its folders stay"
    else
      remove_docker_network
      remove_made
    fi
    remove_docker_files
  fi
}

# What a dockerd leaves in the kernel when it ends: its bridge and its rules. What an engine before it has left stays.
remove_docker_network() {
  [ -z "$made_bridge" ] || ip link delete "$made_bridge" 2>/dev/null || true
  local tool
  for tool in iptables ip6tables; do
    "$tool-save" 2>/dev/null | without_new "$demo/$tool.before" | "$tool-restore" 2>/dev/null || true
  done
  [ -z "$forward" ] || iptables -P FORWARD "$forward" || true
  [ -z "$ip_forward" ] || echo "$ip_forward" >/proc/sys/net/ipv4/ip_forward || true
}

# Of the rules and chains on standard input all but those of Docker that are not in the file, each in its table.
without_new() {
  awk -v file="$1" '
    function known(line) { sub(/ \[[0-9:]+\]$/, "", line); return table line }
    /^\*/ { table = $0 }
    BEGIN {
      while ((getline line < file) > 0) {
        if (line ~ /^\*/) table = line
        before[known(line)] = 1
      }
    }
    !/DOCKER|docker0/ || known($0) in before'
}

# ... and on the disk. It mounts its folder onto itself, and not on every file system does it undo that.
remove_docker_files() {
  while umount "$demo/docker" 2>/dev/null; do :; done
  find /sys/fs/cgroup -mindepth 1 -maxdepth 2 -type d -name docker -exec rmdir {} + 2>/dev/null || true
}

remove_made() {
  local path
  for path in $made; do rm -rf "$path"; done
}

ended() { ! kill -0 "$1" 2>/dev/null; }

remove_containers() {
  local ids
  if [ -n "$cluster" ]; then
    ids=$(docker ps -aq --filter "label=orca.cluster=$cluster")
    [ -z "$ids" ] || { say 'removing the containers' && docker rm -f $ids >/dev/null; }
    ids=$(docker network ls -q --filter "label=orca.cluster=$cluster")
    [ -z "$ids" ] || docker network rm $ids >/dev/null
  fi
  docker image rm "$image" >/dev/null 2>&1 || true
}

# --- the server

server_up() {
  server_answers || start_server
  [ -n "$cluster" ] || note_cluster
}

start_server() {
  # one that was interrupted, or whose server died: its ports may be taken by now
  ./cli/orca server --stop --all --data "$demo" >/dev/null
  local any='127.0.0.1'
  [ -e /proc/net/if_inet6 ] && any='[::]'
  note api "127.0.0.1:$(free_port 127.0.0.1 6880 6881 6882 0)"
  note http "$any:$(free_port "$any" 80 8080 8081 8082 0)"
  say "starting a server on $api, its ingress on $http"
  setsid ./cli/orca server --data "$demo" --api "$api" --http "$http" >>"$demo/server.log" 2>&1 </dev/null &
  until_true 30 server_answers || { tail -n 5 "$demo/server.log" >&2; fail 'the server does not answer'; }
}

note_cluster() {
  local info
  info=$(ask -m 5 http://localhost/api/v1/cluster/info) ||
    fail 'the server does not say which cluster it is'
  note cluster "$("$(runtime)" -p 'JSON.parse(process.argv[1]).cluster_id' "$info")"
}

server_answers() { [ -S "$demo/orca.sock" ] && ask -m 2 http://localhost/api/v1/health >/dev/null; }

free_port() { "$(runtime)" scripts/free-port.ts "$@"; }

show() {
  local port=${http##*:} url curl
  url=http://hello.localhost
  [ "$port" = 80 ] || url=$url:$port
  curl="curl $url"
  # an old curl asks the resolver for names under .localhost, which may not know them
  answers $curl || curl="curl -H 'Host: hello.localhost' http://127.0.0.1:$port"
  until_true 30 answers eval "$curl" || fail "the example is deployed, but does not answer: $curl"
  cat <<TEXT

  $url answers through orca's ingress. Try:

    $curl
    export ORCA_DATA=$(printf %q "$demo")
    ./cli/orca status
    ./cli/orca scale hello=3

  ./install.sh --demo --stop takes all of it away.
TEXT
}

answers() { "$@" -sf -m 5 2>/dev/null | grep -qxFf examples/hello/index.html; }

# until_true SECONDS COMMAND...
until_true() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    [ "$SECONDS" -lt "$deadline" ] || return 1
    sleep 0.2
  done
}
