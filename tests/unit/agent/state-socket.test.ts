import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, describe, it } from 'node:test';
import { awaitCheck } from '../../../src/agent/join/await-check.ts';
import type { AgentState } from '../../../src/agent/state.ts';
import { followState, openStateSocket, readState, type StateSocket } from '../../../src/agent/state-socket.ts';
import { OrcaError } from '../../../src/core/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'orca-state-'));
after(() => rmSync(folder, { recursive: true }));
const opened: StateSocket[] = [];
afterEach(() => {
  for (const socket of opened.splice(0)) socket.close();
});
const STATE: AgentState = { version: '1', pid: 1, id: 'a', name: 'db-1', cluster: 'c1', master: 'm:1', up: false };
let count = 0;
const open = async (state = STATE) => {
  count += 1;
  const path = join(folder, `${count}.sock`);
  const socket = await openStateSocket(path, state);
  opened.push(socket);
  return { path, socket };
};
const never = new AbortController().signal;
const code = (expected: OrcaError['code'], message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OrcaError && error.code === expected, String(error));
  assert.match(error.message, message);
  return true;
};

describe("the agent's socket", () => {
  it('tells the present state, and each that comes, to its end', async () => {
    const { path, socket } = await open();
    const states = followState(path, never);
    assert.deepEqual((await states.next()).value, STATE);
    socket.tell({ ...STATE, up: true });
    assert.deepEqual((await states.next()).value, { ...STATE, up: true });
    assert.deepEqual(await readState(path, never), { ...STATE, up: true });
    socket.close();
    assert.equal((await states.next()).done, true);
    assert.equal(await readState(path, never), undefined);
  });

  it('is the one of its folder', async () => {
    const { path, socket } = await open();
    await assert.rejects(openStateSocket(path, STATE), code('conflict', /another agent answers/));
    socket.close();
    opened.push(await openStateSocket(path, STATE));
  });

  it('takes the place of what a dead agent has left, and refuses too long a path', async () => {
    const path = join(folder, 'left');
    writeFileSync(path, '');
    opened.push(await openStateSocket(path, STATE));
    await assert.rejects(openStateSocket(join(folder, 'x'.repeat(100)), STATE), code('invalid', /may have 107/));
  });

  it('turns away who come when it has listeners enough', async () => {
    const { path } = await open();
    const held = Array.from({ length: 16 }, () => followState(path, never));
    for (const each of held) assert.equal((await each.next()).done, false);
    const refused = connect(path);
    const [said] = await Promise.all([
      refused
        .on('error', () => undefined)
        .toArray()
        .catch(() => []),
      new Promise((resolve) => refused.once('close', resolve)),
    ]);
    assert.deepEqual(said, []);
    for (const each of held) await each.return(undefined);
  });
});

describe("waiting for the master's check", () => {
  const waiting = (path: string, said: string[], more: Partial<Parameters<typeof awaitCheck>[0]> = {}) =>
    awaitCheck({
      socket: path,
      log: '/log',
      limit: 60_000,
      ended: () => undefined,
      say: (line) => said.push(line),
      ...more,
    });
  const saidOnce = async (said: readonly string[], line: RegExp) => {
    while (!said.some((one) => line.test(one))) await new Promise((resolve) => setImmediate(resolve));
  };

  it('ends once a container has answered, having told what it waited for', async () => {
    const { path, socket } = await open({ ...STATE, problem: 'the port is closed' });
    const said: string[] = [];
    const done = waiting(path, said);
    await saidOnce(said, /not yet: the port is closed/);
    socket.tell({ ...STATE, up: true });
    await saidOnce(said, /it runs a container/);
    socket.tell({ ...STATE, up: true, check: {} });
    assert.equal((await done).name, 'db-1');
  });

  it('fails with what the master said', async () => {
    const { path, socket } = await open({ ...STATE, up: true });
    const said: string[] = [];
    const done = waiting(path, said);
    await saidOnce(said, /it runs a container/);
    socket.tell({ ...STATE, up: true, check: { problem: 'docker has no bridge' } });
    await assert.rejects(done, code('unavailable', /no container runs on it: docker has no bridge/));
  });

  it('waits for the next try where the one before did not go well', async () => {
    const before = { ...STATE, up: true, check: { problem: 'docker has no bridge' } };
    const { path, socket } = await open(before);
    const said: string[] = [];
    const done = waiting(path, said);
    await saidOnce(said, /it runs a container/);
    socket.tell({ ...STATE, up: true, check: {} });
    await done;
  });

  it('ends with the agent, saying where its log is; else after its time, saying what is missing', async () => {
    const path = join(folder, 'nobody.sock');
    const dead = waiting(path, [], { ended: () => 'ended with code 1' });
    await assert.rejects(dead, code('unavailable', /the agent was started, and ended with code 1/));
    const late = waiting(path, [], { limit: 1 });
    await assert.rejects(late, code('timeout', /has joined, but after .* the master is not connected/));
  });
});
