import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { isBefore } from '../../../src/core/clock.ts';
import type { ResolvedImage } from '../../../src/core/model/revision.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { until } from '../../lab/until.ts';
import { adapter, containerOf, EDGE, localImage, POOL } from './fixtures.ts';

let lab: LabEngine;
let engine: Engine;
let image: ResolvedImage;
let stop: AbortController;
before(async () => {
  lab = await startEngine();
  await lab.ensureImage('orca-test/web:1');
  engine = adapter(lab);
  image = await localImage(engine, 'orca-test/web:1');
  await engine.ensureEdge(EDGE, POOL);
});
afterEach(() => stop?.abort());
after(() => lab?.stop());

function record(of = engine): { names: string[]; resets: number; downs: string[] } {
  stop = new AbortController();
  const seen = { names: [] as string[], resets: 0, downs: [] as string[] };
  of.watch(
    {
      onEvent: (name) => seen.names.push(name),
      onReset: () => {
        seen.resets += 1;
      },
      onDown: ({ message }) => seen.downs.push(message),
    },
    stop.signal,
  );
  return seen;
}

const count = (names: readonly string[], name: string): number => names.filter((one) => one === name).length;

test("each change of the cluster's containers is told, once, of others' none", async () => {
  const seen = record();
  await until('connected', () => seen.resets === 1);
  const container = containerOf({ image, address: '10.208.0.2' });
  await engine.create(container);
  await engine.start(container.name);
  await until('started', () => count(seen.names, container.name) === 1);
  await lab.docker(['run', '--rm', '--name', 'stranger', 'orca-test/web:1', '/bin/true']);
  await lab.docker(['exec', container.name, 'true']);
  await lab.docker(['kill', container.name]);
  await until('dead', () => count(seen.names, container.name) === 2);
  await engine.remove(container.name);
  await until('removed', () => count(seen.names, container.name) === 3);
  assert.deepEqual(new Set(seen.names), new Set([container.name]));
  assert.deepEqual(seen.downs, []);
});

test('an engine tells when it began, which is before it starts its containers, and anew each time', async () => {
  const container = containerOf({ image, address: '10.208.0.8' });
  await engine.create(container);
  await engine.start(container.name);
  const first = await engine.began();
  await lab.stopEngine();
  await lab.startEngine();
  const second = await engine.began();
  const { startedAt } = await until('its start', async () => {
    const found = await engine.inspect(container.name);
    return found?.state === 'running' && found;
  });
  assert.ok(first && second && startedAt);
  assert.ok(isBefore(first.at, second.at) && isBefore(second.at, startedAt));
  assert.ok(first.ago >= 0 && second.ago >= 0);
  await engine.remove(container.name);
});

test('an engine that stops is told, once, and its return is a reset', async () => {
  const seen = record();
  await until('connected', () => seen.resets === 1);
  await lab.stopEngine();
  await until('down', () => seen.downs.length > 0);
  await assert.rejects(engine.list(), { code: 'unavailable' });
  await lab.startEngine();
  await until('connected again', () => seen.resets === 2);
  assert.ok(seen.downs.length <= 2, seen.downs.join('; '));
  const container = containerOf({ image, address: '10.208.0.3' });
  await engine.create(container);
  await engine.remove(container.name);
  await until('an event', () => seen.names.includes(container.name));
});

test('an engine that stops slowly answers on the connections that it has, and is not reached any more', async () => {
  const seen = record();
  await until('connected', () => seen.resets === 1);
  const [quick, slow] = ['10.208.0.6', '10.208.0.7'].map((address) => containerOf({ image, address }));
  assert.ok(quick && slow);
  // Ends at the second signal: an engine that was killed sends it when it is back.
  const stubborn = ['sh', '-c', "n=; trap 'test $n && exit; n=1' TERM; while :; do sleep 0.1; done"];
  await engine.create(quick);
  await engine.create({ ...slow, spec: { ...slow.spec, command: stubborn, init: false, stopGrace: 20_000 } });
  for (const { name } of [quick, slow]) await engine.start(name);
  await engine.reach();
  const stopped = lab.stopEngine();
  await until('the end of the quick one', async () => (await engine.inspect(quick.name))?.state === 'exited');
  await assert.rejects(engine.reach(), { code: 'unavailable' });
  assert.equal((await engine.inspect(slow.name))?.state, 'running');
  await lab.killEngine();
  await stopped;
  await lab.startEngine();
  await engine.reach();
  for (const { name } of [quick, slow]) await engine.remove(name);
});

test('an engine that is killed is told, and calls work again once it is back', async () => {
  const seen = record();
  await until('connected', () => seen.resets === 1);
  const container = containerOf({ image, address: '10.208.0.4' });
  await engine.create(container);
  await lab.killEngine();
  await until('down', () => seen.downs.length > 0);
  assert.match(seen.downs[0] ?? '', /docker/);
  await lab.startEngine();
  await until('connected again', () => seen.resets === 2);
  assert.equal((await engine.inspect(container.name))?.state, 'created');
  await engine.remove(container.name);
});

test('an engine that hangs with its connections open is noticed', async () => {
  const seen = record();
  await until('connected', () => seen.resets === 1);
  lab.pauseEngine();
  try {
    await until('down', () => seen.downs.length > 0);
    assert.match(seen.downs[0] ?? '', /took longer than 5 s/);
  } finally {
    lab.resumeEngine();
  }
  await until('connected again', () => seen.resets === 2);
});

test('an engine that is not there when the watch begins is waited for', async () => {
  await lab.stopEngine();
  const seen = record();
  await until('down', () => seen.downs.length === 1);
  assert.match(seen.downs[0] ?? '', /does not answer at unix:.*is it running/);
  await lab.startEngine();
  await until('connected', () => seen.resets === 1);
});

test('nothing is told after the watch is ended', async () => {
  const seen = record();
  await until('connected', () => seen.resets === 1);
  stop.abort();
  const before = { ...seen, names: [...seen.names], downs: [...seen.downs] };
  const container = containerOf({ image, address: '10.208.0.5' });
  await engine.create(container);
  await engine.remove(container.name);
  assert.deepEqual(seen, before);
});
