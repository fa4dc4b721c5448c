import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createObserver } from '../../../src/controllers/observer.ts';
import type { ContainerView } from '../../../src/core/model/container.ts';
import { createLogger, type Log } from '../../../src/telemetry/log.ts';
import { scriptedEngine } from './support/engine.ts';

const view: ContainerView = { id: 'c', name: 'web-1-a', labels: {}, state: 'running', oomKilled: false, restarts: 0 };

/** Holds back the answers of the engine until they are let go. */
function held() {
  const gates: (() => void)[] = [];
  const gate = () => new Promise<void>((resolve) => gates.push(resolve));
  return { gate, gates };
}

function begin(rule: Parameters<typeof scriptedEngine>[0], log: Log = createLogger({ level: 'silent' })) {
  const scripted = scriptedEngine(rule);
  const observer = createObserver({
    engine: scripted.engine,
    clock: { now: () => 1 },
    log,
    onChange: () => {},
    onReset: () => {},
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
  assert.deepEqual(await early, view);
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
  assert.deepEqual(await lab.observer.look(view.name, (seen) => seen?.state === 'running'), view);
  assert.deepEqual(lab.calls, ['list']);
  ending.abort();
});

test('a look that fails leaves the engine unread until it is listed again', async () => {
  let fails = true;
  const lab = begin((call) => {
    if (call === 'list' && fails) throw new Error('the engine does not answer');
  });
  const ending = new AbortController();
  const run = lab.observer.run(ending.signal);
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(lab.observer.container(view.name), 'unknown');
  assert.equal(lab.observer.containers(), undefined);
  assert.match(lab.observer.down() ?? '', /does not answer/);
  fails = false;
  const begun = performance.now();
  while (lab.observer.since() === undefined) await new Promise((resolve) => setTimeout(resolve, 20));
  assert.ok(performance.now() - begun < 8_000, 'it does not wait for the next list');
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
