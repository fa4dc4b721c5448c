import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createObserver } from '../../../../src/controllers/node/observer.ts';
import { engineTime } from '../../../../src/core/clock.ts';
import type { ContainerView } from '../../../../src/core/model/container.ts';
import { createLogger, type Log } from '../../../../src/telemetry/log.ts';
import { until } from '../../../lab/until.ts';
import { scriptedEngine } from '../support/engine.ts';

const view: ContainerView = { id: 'c', name: 'web-1-a', labels: {}, state: 'running', oomKilled: false, restarts: 0 };

/** Holds back the answers of the engine until they are let go. */
function held() {
  const gates: (() => void)[] = [];
  const gate = () => new Promise<void>((resolve) => gates.push(resolve));
  return { gate, gates };
}

function begin(
  rule: Parameters<typeof scriptedEngine>[0],
  log: Log = createLogger({ level: 'silent' }),
  onChange: (key: string) => void = () => {},
  onReset: () => void = () => {},
  steady: () => number = () => performance.now(),
) {
  const scripted = scriptedEngine(rule);
  const observer = createObserver({
    engine: scripted.engine,
    clock: { now: () => 1 },
    steady,
    log,
    onChange,
    onReset,
  });
  return { ...scripted, observer };
}

async function listed({ observer }: ReturnType<typeof begin>): Promise<AbortController> {
  const ending = new AbortController();
  void observer.run(ending.signal);
  while (observer.since() === undefined) await new Promise((resolve) => setImmediate(resolve));
  return ending;
}

test('a look that is asked for while another is under way begins after it, once for all who ask', async () => {
  const { gate, gates } = held();
  const lab = begin((call) => (call === 'inspect' ? gate() : undefined));
  lab.boxes.set(view.name, view);
  const ending = await listed(lab);
  const early = lab.observer.look(view.name);
  while (gates.length < 1) await new Promise((resolve) => setImmediate(resolve));
  lab.boxes.delete(view.name);
  const late = [lab.observer.look(view.name), lab.observer.look(view.name)];
  gates[0]?.();
  assert.equal((await early)?.state, 'running');
  while (gates.length < 2) await new Promise((resolve) => setImmediate(resolve));
  gates[1]?.();
  assert.deepEqual(await Promise.all(late), [undefined, undefined]);
  assert.equal(lab.observer.container(view.name), undefined);
  assert.equal(lab.calls.filter((call) => call.startsWith('inspect')).length, 2);
  ending.abort();
});

test('what an event has shown already is not looked at again', async () => {
  const lab = begin(() => {});
  lab.boxes.set(view.name, view);
  const ending = await listed(lab);
  assert.equal((await lab.observer.look(view.name, (seen) => seen?.state === 'running'))?.id, view.id);
  assert.deepEqual(lab.calls, ['list']);
  ending.abort();
});

test('an engine whose list fails is unread until it is listed again', async () => {
  let fails = true;
  const rule = (call: string) => {
    if (call === 'list' && fails) throw new Error('the engine does not answer');
  };
  // By this clock the next list is never due: it does not wait for that.
  const lab = begin(rule, undefined, undefined, undefined, () => 0);
  const ending = new AbortController();
  const run = lab.observer.run(ending.signal);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(lab.observer.container(view.name), 'unknown');
  assert.equal(lab.observer.containers(), undefined);
  assert.match(lab.observer.down() ?? '', /does not answer/);
  fails = false;
  await until('it to be listed', () => lab.observer.since() !== undefined);
  assert.equal(lab.observer.container(view.name), undefined);
  ending.abort();
  await run;
});

test('an engine that is away from the start is told once for each reason, and its coming too', async () => {
  const said: string[] = [];
  const destination = { write: (line: string) => void said.push((JSON.parse(line) as { msg: string }).msg) };
  let reason: string | undefined = 'is docker running?';
  let lists = 0;
  const away = (call: string) => {
    lists += Number(call === 'list');
    if (call === 'list' && reason) throw new Error(reason);
  };
  const lab = begin(away, createLogger({ level: 'info', destination }));
  const ending = new AbortController();
  const run = lab.observer.run(ending.signal);
  const listed = async (times: number) => {
    for (const until = lists + times; lists < until; ) await new Promise((resolve) => setTimeout(resolve, 20));
  };
  await listed(2);
  reason = 'no permission';
  await listed(1);
  reason = 'is docker running?';
  await listed(1);
  reason = undefined;
  await listed(1);
  while (lab.observer.since() === undefined) await new Promise((resolve) => setImmediate(resolve));
  assert.deepEqual(said, [
    'the engine cannot be read: is docker running?',
    'the engine cannot be read: no permission',
    'the engine is read',
  ]);
  ending.abort();
  await run;
});

test('a container that the engine does not tell of is unknown, with the reason; all others are read', async () => {
  const other = { ...view, name: 'api-1-a', id: 'd' };
  let stuck = true;
  const changed: string[] = [];
  const lab = begin(
    (call, name) => {
      if (call === 'inspect' && name === view.name && stuck) throw new Error('docker took longer than 5 s');
    },
    undefined,
    (key) => void changed.push(key),
  );
  lab.boxes.set(view.name, { ...view, labels: { 'orca.project': 'shop', 'orca.service': 'web' } });
  lab.boxes.set(other.name, other);
  const ending = await listed(lab);
  lab.unreadable.set(view.name, 'docker took longer than 5 s');
  await assert.rejects(lab.observer.look(view.name), /longer than 5 s/);
  assert.equal(lab.observer.container(view.name), 'unknown');
  assert.equal(lab.observer.unread(view.name), 'docker took longer than 5 s');
  assert.equal(lab.observer.lastSeen(view.name)?.state, 'running');
  assert.deepEqual(changed, ['shop/web']);
  assert.equal(lab.observer.down(), undefined);
  assert.notEqual(lab.observer.since(), undefined);
  assert.equal((await lab.observer.look(other.name))?.id, other.id);
  assert.equal(lab.observer.containers()?.length, 2);
  while (lab.calls.filter((call) => call === 'list').length < 2) await new Promise((resolve) => setImmediate(resolve));
  assert.equal(lab.observer.container(view.name), 'unknown');
  assert.equal(lab.observer.lastSeen(view.name)?.state, 'running');
  stuck = false;
  lab.unreadable.clear();
  while (lab.observer.container(view.name) === 'unknown') await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(lab.observer.unread(view.name), undefined);
  ending.abort();
});

test('a container that the first list cannot read is unknown from the beginning, and known by its labels', async () => {
  const lab = begin(() => {});
  const labels = { 'orca.project': 'shop', 'orca.service': 'web' };
  lab.boxes.set(view.name, { ...view, labels });
  lab.unreadable.set(view.name, 'it is locked');
  const ending = await listed(lab);
  assert.equal(lab.observer.container(view.name), 'unknown');
  assert.deepEqual(lab.observer.lastSeen(view.name)?.labels, labels);
  ending.abort();
});

test('an end is believed only of an engine that takes new connections: one that stops ends all, to start them again', async () => {
  let stops = false;
  const lab = begin((call) => {
    if (call === 'reach' && stops) throw new Error('the engine takes no connection');
  });
  lab.boxes.set(view.name, view);
  const ending = await listed(lab);
  stops = true;
  lab.boxes.set(view.name, { ...view, state: 'exited', exitCode: 143 });
  lab.tell(view.name, 143);
  while (lab.observer.since() !== undefined) await new Promise((resolve) => setImmediate(resolve));
  assert.match(lab.observer.down() ?? '', /takes no connection/);
  assert.deepEqual(
    [lab.observer.container(view.name), lab.observer.lastSeen(view.name)?.state],
    ['unknown', 'running'],
  );
  const lists = () => lab.calls.filter((call) => call === 'list').length;
  const before = lists();
  while (lists() === before) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(lab.observer.container(view.name), 'unknown', 'a list that it still answers is not believed, either');
  stops = false;
  while (lab.observer.since() === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.equal(lab.observer.lastSeen(view.name)?.state, 'exited');
  ending.abort();
});

test('the exit code that an event tells is of that end, and not of the next', async () => {
  const lab = begin(() => {});
  lab.boxes.set(view.name, view);
  const ending = await listed(lab);
  const runs = (finishedAt: number) =>
    lab.boxes.set(view.name, { ...view, startedAt: engineTime(finishedAt + 1), finishedAt: engineTime(finishedAt) });
  const endSeen = async (finishedAt: number) => {
    while (lab.observer.lastSeen(view.name)?.lastEnd?.finishedAt !== engineTime(finishedAt))
      await new Promise((resolve) => setImmediate(resolve));
    return lab.observer.lastSeen(view.name)?.lastEnd?.exitCode;
  };
  runs(10);
  lab.tell(view.name, 3);
  assert.equal(await endSeen(10), 3);
  runs(20);
  lab.tell(view.name);
  assert.equal(await endSeen(20), undefined);
  ending.abort();
});

test('a list that shows what is known notices nobody, and one that shows anything else only those it is about', async () => {
  const changed: string[] = [];
  let resets = 0;
  const lab = begin(
    () => {},
    undefined,
    (key) => void changed.push(key),
    () => {
      resets += 1;
    },
  );
  const of = (service: string) => ({ 'orca.project': 'shop', 'orca.service': service });
  lab.boxes.set('web-1-a', { ...view, labels: of('web') });
  lab.boxes.set('api-1-a', { ...view, name: 'api-1-a', id: 'd', labels: of('api') });
  const ending = await listed(lab);
  const list = async () => {
    const before = lab.calls.length;
    lab.reset();
    while (lab.calls.length === before) await new Promise((resolve) => setImmediate(resolve));
    await new Promise((resolve) => setImmediate(resolve));
    return changed.splice(0);
  };
  assert.deepEqual(await list(), []);
  lab.boxes.set('web-1-a', { ...view, labels: of('web'), state: 'exited', exitCode: 1 });
  assert.deepEqual(await list(), ['shop/web']);
  lab.boxes.delete('api-1-a');
  assert.deepEqual(await list(), ['shop/api']);
  lab.unreadable.set('web-1-a', 'it is locked');
  assert.deepEqual(await list(), ['shop/web']);
  assert.deepEqual(await list(), []);
  assert.equal(resets, 1, 'when the engine was read first');
  ending.abort();
});
