import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { OrcaError } from '../../src/core/errors.ts';
import { findProcesses } from '../../src/processes.ts';
import { stopProcesses } from '../../src/stop.ts';

const folder = mkdtempSync(join(tmpdir(), 'orca-stop-'));
after(() => rmSync(folder, { recursive: true }));
const started: ChildProcess[] = [];
afterEach(() => {
  for (const child of started.splice(0)) child.kill('SIGKILL');
});

writeFileSync(
  join(folder, 'main.ts'),
  `import { spawn } from 'node:child_process';
   const [role, ...rest] = process.argv.slice(2);
   if (rest.includes('stubborn')) process.on('SIGTERM', () => {});
   else process.on('SIGTERM', () => process.exit(0));
   if (rest.includes('parent')) {
     const child = spawn(process.execPath, [process.argv[1]!, role!, ...rest.filter((w) => w !== 'parent')], { stdio: 'inherit' });
     process.removeAllListeners('SIGTERM');
     process.on('SIGTERM', () => { child.on('exit', () => process.exit(0)); child.kill(); });
   } else console.log('up');
   setInterval(() => {}, 1000);`,
);

const start = async (...words: string[]): Promise<number> => {
  const child = spawn(process.execPath, [join(folder, 'main.ts'), ...words], { stdio: ['ignore', 'pipe', 'inherit'] });
  started.push(child);
  await once(child.stdout, 'data');
  return child.pid ?? 0;
};

const stop = async (options: { data: string; all?: boolean; patience?: number }): Promise<string[]> => {
  const lines: string[] = [];
  await stopProcesses({ all: false, ...options, say: (line) => lines.push(line.replace(/after .*/, 'after')) });
  return lines;
};

describe('stopping an agent', () => {
  it('ends the one of this data folder, and no server', async () => {
    await start('agent', '--data', folder);
    const server = await start('server', '--data', folder);
    const lines: string[] = [];
    const say = (line: string) => lines.push(line.replace(/after .*/, 'after'));
    await stopProcesses({ role: 'agent', data: folder, all: false, say });
    assert.deepEqual(lines, [`stopped the agent of ${folder} after`]);
    assert.equal(findProcesses('server', folder)[0]?.pid, server);
  });
});

describe('stopping a server', () => {
  it('ends the one of this data folder, and no other', async () => {
    const mine = await start('server', '--data', folder);
    const other = await start('server', '--data', join(folder, 'other'));
    const plane = await start('ingress', `--data=${folder}`);
    assert.deepEqual(
      findProcesses('server', folder).map(({ pid }) => pid),
      [mine],
    );
    assert.deepEqual(await stop({ data: folder }), [`stopped the server of ${folder} after`]);
    assert.deepEqual(findProcesses('server', folder), []);
    assert.equal(findProcesses('server', join(folder, 'other'))[0]?.pid, other);
    assert.equal(findProcesses('ingress', folder)[0]?.pid, plane);
  });

  it('ends its data plane too with --all, by its first process', async () => {
    await start('server', '--data', folder);
    await start('ingress', '--data', folder, 'parent');
    assert.equal(findProcesses('ingress', folder).length, 2);
    const lines = await stop({ data: folder, all: true });
    assert.deepEqual(lines, [`stopped the server of ${folder} after`, `stopped the data plane of ${folder} after`]);
    assert.deepEqual(findProcesses('ingress', folder), []);
  });

  it('says so when none runs', async () => {
    assert.deepEqual(await stop({ data: folder, all: true }), [
      `no server runs on ${folder}`,
      `no data plane runs on ${folder}`,
    ]);
  });

  it('tells which process does not end in time', async () => {
    const pid = await start('server', '--data', folder, 'stubborn');
    await assert.rejects(
      stop({ data: folder, patience: 50 }),
      (error) =>
        error instanceof OrcaError && error.code === 'timeout' && error.hint?.endsWith(`kill -9 ${pid}`) === true,
    );
  });
});
