import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { appendFileSync, chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { promisify } from 'node:util';

const root = join(import.meta.dirname, '../..');
const run = promisify(execFile);
const COPIED = ['cli', 'src', 'scripts', 'examples', 'package.json', 'package-lock.json', 'install.sh', 'dist'];

/** Network, mounts and processes of its own, and no systemd: a plain sandbox, with ports 80 and 6880 free or taken. */
const inSandbox = (folder: string, script: string): Promise<{ stdout: string }> => {
  const prepare = 'mount --make-rprivate / && mount -t tmpfs tmpfs /run && ip link set lo up';
  const argv = ['--mount', '--net', '--pid', '--fork', '--mount-proc', '--kill-child', 'bash', '-euc'];
  const env = { ...process.env, DOCKER_HOST: '', ORCA_API: '', ORCA_TOKEN: '' };
  return run('unshare', [...argv, `${prepare}; ${script}`], { cwd: folder, env, timeout: 240_000 });
};

/** What a Docker may leave on the machine. */
const TRACES = `traces() { set +e; ip -br link; ls -A -I mount /run /etc/docker; iptables -S; iptables -t nat -S
       cat /proc/sys/net/ipv4/ip_forward; grep demo /proc/mounts; pgrep -a 'dockerd|containerd|node'; true; } 2>&1`;

/** Another engine, with its data beside the demo's; `end` waits until it has gone. */
const ENGINE = `engine() { dockerd --data-root "$PWD/theirs" --pidfile /run/theirs.pid "$@" >theirs.log 2>&1 &
         until docker -H "\${2:-unix:///var/run/docker.sock}" version >/dev/null 2>&1; do kill -0 $!; sleep 0.1; done; }
       end() { kill "$(cat /run/theirs.pid)"; wait; while umount "$PWD/theirs" 2>/dev/null; do :; done; rm -rf theirs theirs.log; }`;

describe('./install.sh --demo', () => {
  let folder: string;

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'orca-demo-'));
    chmodSync(folder, 0o755); // the data plane's own user passes through
    for (const name of COPIED)
      cpSync(join(root, name), join(folder, name), { recursive: true, preserveTimestamps: true });
    symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'));
  });
  after(() => rmSync(folder, { recursive: true, force: true }));

  it('brings up a service that answers, can be run again, and goes without a trace', async () => {
    const { stdout } = await inSandbox(
      folder,
      `${TRACES}; (traces) >before
       ./install.sh --demo; ./install.sh --demo | tee out
       printf '\\n-- %s\\n' "$(curl -sf http://hello.localhost)"
       eval "$(sed -n 's/^    \\(export .*\\)/\\1/p' out)"
       ./cli/orca plan -f examples/hello/orca.yml; ./cli/orca status
       ./install.sh --demo --stop; ./install.sh --demo --stop
       (traces) | diff before - && rm before out`,
    ).catch((error) => assert.fail(`${error.message}\n${error.stdout}\n${error.stderr}`));
    assert.match(stdout, /^ {4}curl http:\/\/hello\.localhost$/m);
    assert.match(stdout, /^-- hello from orca$/m);
    assert.match(stdout, /^hello +hello +running +1\/1 /m);
    assert.match(stdout, /^orca: the demo is gone\norca: there is no demo here$/m);
    assert.deepEqual(readdirSync(folder).sort(), [...COPIED, 'node_modules'].sort());
    // What follows is not about how long a first deployment is watched.
    appendFileSync(join(folder, 'examples/hello/orca.yml'), '    deploy: {monitor: 0s}\n');
  });

  it('goes without a trace when it was interrupted before all was noted, and when Docker was killed', async () => {
    const { stdout } = await inSandbox(
      folder,
      `${TRACES}; (traces) >before
       ./install.sh --demo
       sed -i '/^cluster=/d' .orca-demo/demo.env; ./install.sh --demo
       kill -9 "$(cat .orca-demo/dockerd.pid)"
       ./install.sh --demo --stop
       (traces) | diff before - && rm before`,
    ).catch((error) => assert.fail(`${error.message}\n${error.stdout}\n${error.stderr}`));
    assert.match(stdout, /^orca: removing the containers$/m);
    assert.match(stdout, /^orca: the demo is gone$/m);
  });

  it('goes without a trace when its end was interrupted while Docker was ending', async () => {
    const { stdout } = await inSandbox(
      folder,
      `${TRACES}; (traces) >before
       ./install.sh --demo
       kill() { case $1 in -*) builtin kill "$@" ;; *) builtin kill -STOP "$1"; builtin kill "$1" ;; esac; }; export -f kill
       ./install.sh --demo --stop >out 2>&1 & stop=$!; docker=$(cat .orca-demo/dockerd.pid)
       until grep -q ' T ' "/proc/$docker/stat"; do sleep 0.02; done # told to end, and held
       kill -TERM $stop; wait $stop && exit 1; kill -CONT $docker; unset -f kill; cat out; rm out
       ./install.sh --demo --stop
       (traces) | diff before - && rm before`,
    ).catch((error) => assert.fail(`${error.message}\n${error.stdout}\n${error.stderr}`));
    assert.match(stdout, /interrupted; run it again to go on$/m);
    assert.match(stdout, /^orca: the demo is gone$/m);
  });

  it('starts no engine beside one that answers elsewhere, and takes nothing of it', async () => {
    const { stdout } = await inSandbox(
      folder,
      `${TRACES}; ${ENGINE}
       engine --host unix:///run/other.sock; (traces) >before
       ./install.sh --demo 2>err && exit 1; cat err
       ./install.sh --demo --stop
       (traces) | diff before -; docker -H unix:///run/other.sock version >/dev/null; end; rm before err`,
    ).catch((error) => assert.fail(`${error.message}\n${error.stdout}\n${error.stderr}`));
    assert.match(stdout, /another Docker engine runs here \(dockerd, pid \d+\).*set DOCKER_HOST/);
    assert.match(stdout, /^orca: the demo is gone$/m);
  });

  it('uses the engine that is there, and leaves it as it was', async () => {
    const { stdout } = await inSandbox(
      folder,
      `${TRACES}; ${ENGINE}
       engine; docker network create theirs; mkdir -p /run/containerd; (traces) >before
       ./install.sh --demo; ./install.sh --demo --stop
       (traces) | diff before -; docker network inspect theirs >/dev/null; end; rm before`,
    ).catch((error) => assert.fail(`${error.message}\n${error.stdout}\n${error.stderr}`));
    assert.doesNotMatch(stdout, /(starting|stopping) Docker/);
    assert.match(stdout, /^orca: the demo is gone$/m);
  });

  it('takes its own engine away and leaves the bridge and the rules of one that was there before', async () => {
    const { stdout } = await inSandbox(
      folder,
      `${TRACES}; ${ENGINE}
       engine; end; iptables -A DOCKER-USER -s 192.0.2.1 -j DROP; (traces) >before; grep -q docker0 before
       ./install.sh --demo; ./install.sh --demo --stop
       (traces) | diff before -; rm before`,
    ).catch((error) => assert.fail(`${error.message}\n${error.stdout}\n${error.stderr}`));
    assert.match(stdout, /^orca: stopping Docker$/m);
  });

  it('leaves an engine alone that was started beside its own', async () => {
    const { stdout } = await inSandbox(
      folder,
      `${ENGINE}
       ./install.sh --demo
       engine --host unix:///run/theirs.sock --exec-root /run/theirs
       id=$(docker -H unix:///run/theirs.sock network create theirs)
       net() { ip -br link show docker0; ip -br link show "br-\${id:0:12}"; { iptables -S; iptables -t nat -S; } | grep "br-\${id:0:12}"; }
       net >before; ./install.sh --demo --stop; net | diff before -
       iptables -t nat -S PREROUTING | grep -q 'j DOCKER'; end; rm before`,
    ).catch((error) => assert.fail(`${error.message}\n${error.stdout}\n${error.stderr}`));
    assert.match(stdout, /^orca: another Docker engine runs here by now: docker0, its rules and its folders stay$/m);
  });

  it('touches nothing while another engine runs in place of its own, and goes without a trace afterwards', async () => {
    const { stdout } = await inSandbox(
      folder,
      `${TRACES}; ${ENGINE}; (traces) >before
       ./install.sh --demo
       kill -9 "$(cat .orca-demo/dockerd.pid)"; rm -f /run/docker.sock
       engine --host unix:///var/run/docker.sock --exec-root /run/theirs
       docker network create theirs; net() { ip -br link; iptables -S; iptables -t nat -S; }; net >then
       ./install.sh --demo --stop 2>err && exit 1; cat err
       net | diff then -; docker network rm theirs; end; rm -rf /run/theirs
       ./install.sh --demo --stop; (traces) | diff before -; rm before then err`,
    ).catch((error) => assert.fail(`${error.message}\n${error.stdout}\n${error.stderr}`));
    assert.match(stdout, /the demo's Docker has died, and another one runs here .* Stop that one and run this again/);
    assert.match(stdout, /^orca: the demo is gone$/m);
  });

  it('takes other ports when 80 and 6880 are taken, and prints a line that works', async () => {
    const taken = (port: number): string =>
      `"$(echo node_modules/node-linux-*/bin/node)" -e 'require("net").createServer().listen(${port})' &
       until (: </dev/tcp/127.0.0.1/${port}) 2>/dev/null; do sleep 0.05; done; `;
    const { stdout } = await inSandbox(
      folder,
      `${taken(80)}${taken(6880)}./install.sh --demo >out; cat out
       eval "$(sed -n 's/^    \\(curl .*\\)/\\1/p' out)"
       ./install.sh --demo --stop; rm out`,
    ).catch((error) => assert.fail(`${error.message}\n${error.stdout}\n${error.stderr}`));
    assert.match(stdout, /^ {4}curl http:\/\/hello\.localhost:8080$/m);
    assert.match(stdout, /^hello from orca$/m);
  });
});
