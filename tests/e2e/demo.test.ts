import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
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
       ./install.sh --demo --stop >out 2>&1 & until grep -q 'stopping Docker' out; do sleep 0.02; done
       kill -TERM $!; wait $! && exit 1; cat out; rm out
       ./install.sh --demo --stop
       (traces) | diff before - && rm before`,
    ).catch((error) => assert.fail(`${error.message}\n${error.stdout}\n${error.stderr}`));
    assert.match(stdout, /interrupted; run it again to go on$/m);
    assert.match(stdout, /^orca: the demo is gone$/m);
  });

  it('takes other ports when 80 and 6880 are taken, and prints a line that works', async () => {
    const taken = (port: number): string =>
      `"$(echo node_modules/node-linux-*/bin/node)" -e 'require("net").createServer().listen(${port})' & `;
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
