import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import * as deployContract from '../../../src/contract/deploy.ts';
import * as eventContract from '../../../src/contract/events.ts';
import * as logContract from '../../../src/contract/logs.ts';
import * as statusContract from '../../../src/contract/status.ts';
import { progress, type Script, scriptedServer } from '../client/scripted-server.ts';
import { begun, end, running, serving } from './orca-deploy.ts';
import { cliEntry, folder, surroundings } from './run-cli.ts';
import { deployed, MANIFEST, service, status } from './samples.ts';

const LIMIT = 60_000;
type Name = 'stdout' | 'stderr';

/** What is written is read until it begins with a line; then nobody reads it any more, and the server goes on. */
function gate() {
  let open: () => void = () => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  return { open, opened };
}

/** `orca ARGS | head -1`: the exit code of orca. */
async function headOf(name: Name, args: readonly string[], { api, cwd, gone }: Where): Promise<number | null> {
  const child = spawn(process.execPath, [await cliEntry(), ...args], {
    cwd,
    env: surroundings({ api }),
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: LIMIT,
    killSignal: 'SIGKILL',
  });
  child[name === 'stdout' ? 'stderr' : 'stdout'].resume();
  const stream = child[name];
  stream.once('data', () => stream.once('close', gone).destroy());
  const [code] = (await once(child, 'exit')) as [number | null];
  return code;
}

interface Where {
  readonly api: string;
  readonly cwd: string;
  readonly gone: () => void;
}

async function prepared(t: TestContext, script: (opened: Promise<void>) => Script): Promise<Where> {
  const cwd = await folder(t);
  await writeFile(join(cwd, 'orca.yml'), MANIFEST);
  const { open: gone, opened } = gate();
  const server = await scriptedServer([script(opened), [statusContract.status, () => ({ json: status([service()]) })]]);
  t.after(() => server.close());
  return { api: server.api, cwd, gone };
}

const failing = (opened: Promise<void>): Script => {
  async function* pieces() {
    yield progress(begun);
    await opened;
    for (const line of [running, serving, end([deployed({ state: 'rolled-back' })])]) yield progress(line);
  }
  return [deployContract.deploy, () => ({ pieces: pieces(), type: 'application/x-ndjson' })];
};

const EVENT = `id: 41\nevent: deployment\ndata: ${JSON.stringify({
  at: 0,
  project: 'shop',
  name: '12',
  service: 'web',
  from: null,
  to: 'running',
  reason: 'begun',
})}\n\n`;

/** A first piece, one that nobody reads, and no end. */
async function* endless(piece: string, opened: Promise<void>) {
  yield piece;
  await opened;
  yield piece;
  await new Promise(() => undefined);
}

/** Runs with a stdout that is always full. */
async function onFullDisk(args: readonly string[], { api, cwd }: Where) {
  const full = openSync('/dev/full', 'w');
  const child = spawn(process.execPath, [await cliEntry(), ...args], {
    cwd,
    env: surroundings({ api }),
    stdio: ['ignore', full, 'pipe'],
    timeout: LIMIT,
    killSignal: 'SIGKILL',
  });
  closeSync(full);
  let stderr = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    stderr += text;
  });
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, stderr };
}

describe('orca, when nobody reads it', { concurrency: 2 }, () => {
  it('ends what it began, and exits as the deploy did', async (t) => {
    assert.equal(await headOf('stderr', ['deploy'], await prepared(t, failing)), 5);
    assert.equal(await headOf('stdout', ['deploy', '--json'], await prepared(t, failing)), 5);
  });

  it('ends at once, with 0, where there is no end: logs -f, events', async (t) => {
    const line = '2026-01-31T12:00:00.000Z shop-web-1-k3x9 GET / 200\n';
    const logs = await prepared(t, (opened) => [
      logContract.logs,
      () => ({ pieces: endless(line, opened), type: 'text/plain' }),
    ]);
    assert.equal(await headOf('stdout', ['logs', 'web', '-f'], logs), 0);
    const events = await prepared(t, (opened) => [
      eventContract.events,
      () => ({ pieces: endless(EVENT, opened), type: 'text/event-stream' }),
    ]);
    assert.equal(await headOf('stdout', ['events'], events), 0);
  });
});

describe('orca, when its output cannot be written', () => {
  const succeeding: Script = [
    deployContract.deploy,
    () => ({ pieces: [begun, end([deployed()])].map(progress), type: 'application/x-ndjson' }),
  ];

  it('names the reason, and neither says "done" nor "nothing was changed"', async (t) => {
    const told = /^error: the output could not be written: no space is left\nhint: what was done is done: .*$/m;
    for (const args of [['deploy'], ['deploy', '--json'], ['status']]) {
      const { code, stderr } = await onFullDisk(args, await prepared(t, () => succeeding));
      assert.equal(code, 7, args.join(' '));
      if (args.includes('--json')) assert.match(JSON.parse(stderr).error, /no space is left$/);
      else assert.match(stderr, told);
    }
  });

  it('leaves the exit code of what failed as it is', async (t) => {
    const where = await prepared(t, failing);
    where.gone();
    assert.equal((await onFullDisk(['deploy'], where)).code, 5);
  });
});
