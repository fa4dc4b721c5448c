import assert from 'node:assert/strict';
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { MAIN } from '../lab/entries.ts';
import { until } from '../lab/until.ts';
import { runCli } from '../unit/cli/run-cli.ts';
import { directory, finallyDo, freePort } from './dataplane/support/lab.ts';

const ROOT = process.getuid?.() === 0;

/** `orca server` without Docker or ingress. */
async function startServer(t: TestContext, data: string): Promise<ChildProcess> {
  const flags = [
    '--data',
    data,
    '--api',
    `127.0.0.1:${await freePort()}`,
    '--http',
    'off',
    '--docker',
    'unix:///nowhere',
  ];
  const child = spawn(process.execPath, [MAIN, 'server', ...flags], { stdio: ['ignore', 'ignore', 'inherit'] });
  finallyDo(t, () => {
    spawnSync(process.execPath, [MAIN, 'server', '--stop', '--all', '--data', data], { stdio: 'ignore' });
    child.kill('SIGKILL');
  });
  await until('the server to answer', async () => (await orca(data, 'status')).code === 0);
  return child;
}

const orca = (data: string, ...args: string[]) => runCli([...args, '--data', data], { token: null });

const lines = (data: string): readonly Record<string, unknown>[] =>
  readFileSync(join(data, 'audit.log'), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

const mount = (...args: string[]): void => {
  const { status, stderr } = spawnSync('mount', args, { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
};

test('what the machine itself changes stands in the audit log, also after a kill at once', async (t) => {
  const data = directory(t);
  const server = await startServer(t, data);
  assert.equal((await orca(data, 'stop', '--all', '--yes')).code, 0);
  server.kill('SIGKILL');
  await once(server, 'exit');
  assert.deepEqual(
    lines(data).map(({ actor, address, path, result }) => [actor, address, path, result]),
    [['local', 'socket', '/api/v1/stop', 'done']],
  );
  await startServer(t, data);
  assert.match((await orca(data, 'audit')).stdout, /local socket POST \/api\/v1\/stop: done 200/);
  const following = runCli(['audit', '-f', '--data', data], { token: null, interruptAt: 'v1/tokens' });
  assert.equal((await orca(data, 'token', 'create', 'ci', '--role', 'viewer')).code, 0);
  assert.match((await following).stdout, /^.*\/stop: done 200\n.*\/api\/v1\/tokens .*: done 20\d\n$/);
});

test('an audit log that cannot be written keeps nobody from anything, and status says so until it can', {
  skip: !ROOT && 'needs root',
}, async (t) => {
  const data = directory(t);
  await startServer(t, data);
  const stop = async () => assert.equal((await orca(data, 'stop', '--all', '--yes')).code, 0);
  const warned = async () => {
    const { stdout, stderr } = await orca(data, 'status');
    return /the audit log cannot be written \(EROFS.*\): 2 lines are in the server's log only/.test(stdout + stderr);
  };
  const file = join(data, 'audit.log');
  writeFileSync(file, '', { mode: 0o600 });
  mount('--bind', file, file);
  finallyDo(t, () => spawnSync('umount', ['-l', file]));
  mount('-o', 'remount,bind,ro', file);
  await stop();
  await stop();
  assert.ok(await warned());
  spawnSync('umount', ['-l', file]);
  await stop();
  assert.ok(!(await warned()));
  assert.deepEqual(
    lines(data).map(({ missed, path }) => missed ?? path),
    [2, '/api/v1/stop'],
  );
});
