import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, test } from 'node:test';
import { run, startTime } from '../../lab/command.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { sweep } from '../../lab/leftovers.ts';
import { until } from '../../lab/until.ts';

let lab: LabEngine;
before(async () => {
  lab = await startEngine();
});
after(() => lab?.stop());

test('a web image answers with its version on the address of the namespace', async () => {
  await lab.ensureImage('orca-test/web:2');
  await lab.docker(['run', '-d', '--init', '--name', 'web', '-p', '8080:8080', 'orca-test/web:2']);
  const text = await until('an answer', async () => (await fetch(`http://${lab.address}:8080/`)).text());
  assert.equal(text, '2\n');
});

test('an app image answers, finishes what it began on SIGTERM, and exits 0', async () => {
  await lab.ensureImage('orca-test/app:7');
  await lab.docker(['run', '-d', '--init', '--name', 'app', '-p', '8081:8080', 'orca-test/app:7']);
  const url = `http://${lab.address}:8081`;
  await until('it is up', async () => (await fetch(`${url}/healthz`)).ok);
  const echoed = await fetch(`${url}/echo`, { method: 'POST', body: 'hello' });
  assert.equal(await echoed.text(), 'hello');
  assert.equal(echoed.headers.get('x-version'), '7');
  const slow = fetch(`${url}/slow?ms=500`);
  await until('the slow request is there', async () =>
    (await lab.docker(['exec', 'app', 'cat', '/proc/net/tcp'])).includes(':1F90'),
  );
  await lab.docker(['stop', '-t', '10', 'app']);
  assert.equal((await slow).status, 200);
  assert.equal((await lab.docker(['inspect', '-f', '{{.State.ExitCode}}', 'app'])).trim(), '0');
});

test('an engine stopped and started again restarts its containers', async () => {
  await lab.ensureImage('orca-test/web:1');
  await lab.docker(['run', '-d', '--init', '--name', 'kept', '--restart', 'unless-stopped', 'orca-test/web:1']);
  await lab.stopEngine();
  await assert.rejects(lab.docker(['ps']));
  await lab.startEngine();
  await until('it runs again', async () => (await lab.docker(['ps', '--format', '{{.Names}}'])).includes('kept'));
});

test('an engine killed and started again still knows its containers', async () => {
  await lab.docker(['run', '-d', '--init', '--name', 'known', 'orca-test/web:1']);
  await lab.killEngine();
  await assert.rejects(lab.docker(['ps']));
  await lab.startEngine();
  assert.match(await lab.docker(['ps', '--all', '--format', '{{.Names}}']), /known/);
});

test('nothing is left after stop', async () => {
  const other = await startEngine();
  await other.ensureImage('orca-test/web:1');
  await other.docker(['run', '-d', 'orca-test/web:1']);
  const server = other.spawn(['sleep', '1000'], { stdio: 'ignore', detached: true });
  await once(server, 'spawn');
  await other.stop();
  await assertGone(other.name, other.namespace.net, `ol${other.namespace.pid}`);
});

test('a test process that is killed leaves nothing once swept', async () => {
  const script = join(import.meta.dirname, 'crashing.ts');
  const child = spawn(process.execPath, [script], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(createInterface(child.stdout), 'line');
  const { name, net, pid } = JSON.parse(String(line));
  child.kill('SIGKILL');
  await once(child, 'exit');
  await until('the anchor to end', () => startTime(pid) === undefined);
  await sweep();
  await assertGone(name, net, `ol${pid}`);
});

async function assertGone(name: string, net: string, cable: string): Promise<void> {
  await until(`no process in ${net}`, async () => {
    const processes = await run(['lsns', '--noheadings', '--output', 'NS,PID', '--type', 'net']);
    return !processes.includes(net.replace(/\D/g, ''));
  });
  assert.ok(!readFileSync('/proc/self/mountinfo', 'utf8').includes(name));
  assert.ok(!existsSync(join(tmpdir(), 'orca-lab', name)));
  assert.ok(!existsSync(join('/sys/fs/cgroup/memory', `orca-lab-${name}`)));
  await until('the cable to go', () => !readdirSync('/sys/class/net').includes(cable));
}
