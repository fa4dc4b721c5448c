import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Commit, createCommit, StaleDecision } from '../../../../src/controllers/commit.ts';
import { rememberRevisions, revisionOfTask } from '../../../../src/controllers/services/revisions.ts';
import { createTaskSteps } from '../../../../src/controllers/services/task-steps.ts';
import { OrcaError } from '../../../../src/core/errors.ts';
import type { ContainerView } from '../../../../src/core/model/container.ts';
import type { Deployment, ReleaseEnd } from '../../../../src/core/model/deployment.ts';
import type { Task } from '../../../../src/core/model/task.ts';
import { seenContainer } from '../../../../src/core/rollout/arrival.ts';
import type { OwnPort } from '../../../../src/core/rollout/own-ports.ts';
import type { Engine } from '../../../../src/engine/engine.ts';
import { createEngines } from '../../../../src/engine/engines.ts';
import type { State } from '../../../../src/store/state.ts';
import { putService } from '../../store/put-service.ts';
import { type ScriptedEngine, scriptedEngine } from '../support/engine.ts';
import { deployment, openState, revision, service, task } from '../support/shop.ts';

interface Lab extends ScriptedEngine {
  readonly state: State;
  readonly mended: number[];
  /** Where orca listens. */
  readonly own: OwnPort[];
  readonly steps: ReturnType<typeof createTaskSteps>;
  stepsWith(other: Partial<Engine>): ReturnType<typeof createTaskSteps>;
  stored(): Promise<Task | undefined>;
}

async function begin(
  t: TestContext,
  engine: ScriptedEngine,
  wish: Partial<Task> = {},
  slow: (commit: Commit) => Commit = (commit) => commit,
): Promise<Lab> {
  const state = await openState(t);
  const edge = { network: 'edge', subnet: '10.208.0.0/20', gateway: '10.208.0.1' };
  await state.store.txn({
    then: [
      state.cluster.put({ name: 'term', number: 1 }),
      state.nodes.put({ id: 'local', name: 'local', availability: 'active', edge }),
      ...putService(state, service()),
      state.revisions.put(revision()),
      state.tasks.put(task({ routed: false, ...wish })),
    ],
  });
  const mended: number[] = [];
  const own: OwnPort[] = [];
  const stepsWith = (other: Partial<Engine>) =>
    createTaskSteps({
      state,
      engines: createEngines({ local: { ...engine.engine, ...other } }),
      commit: slow(createCommit(state, 1)),
      clock: { now: () => 5 },
      cluster: 'c',
      ownPorts: () => own,
      keepLogs: async ({ id }) => void engine.calls.push(`keep ${id}`),
      isThere: ({ id }) => engine.boxes.has(id),
      withVolumes: (_task, _revision, work) => work(),
      mend: async ({ number }) => void mended.push(number),
      readSecrets: async () => new Map(),
      nameServer: async (_, gateway) => gateway,
      untilKnown: async ({ id }) => void engine.calls.push(`known ${id}`),
      readRevision: revisionOfTask(state, rememberRevisions(state)),
      observer: {
        look: async ({ id }) => {
          const view = await engine.engine.inspect(id);
          return view && seenContainer(view, undefined, 5);
        },
        created: () => {},
      },
    });
  const steps = stepsWith({});
  const stored = async () => (await state.tasks.get('shop', 'web', 'web-1-a'))?.value;
  return { ...engine, state, mended, own, steps, stepsWith, stored };
}

const of = { task: 'web-1-a', slot: 1, node: 'local', reason: 'a reason' };
const refusal = (message: string, code: 'not_found' | 'invalid' | 'unavailable') => new OrcaError(code, message);
const dead: ContainerView = {
  id: 'c-web-1-a',
  name: 'web-1-a',
  labels: {},
  state: 'exited',
  exitCode: 1,
  oomKilled: false,
  restarts: 0,
};

test('an image that was removed behind the back is brought back, and the task starts', async (t) => {
  let gone = true;
  const engine = scriptedEngine((call) => {
    if (call !== 'create' || !gone) return;
    gone = false;
    throw refusal('docker cannot create container: no such image', 'not_found');
  });
  const lab = await begin(t, engine, { container: undefined });
  await lab.steps('shop', 'web', { kind: 'start', ...of });
  assert.deepEqual(lab.mended, [1]);
  assert.equal((await lab.stored())?.phase, 'run');
  assert.equal(lab.boxes.get('web-1-a')?.state, 'running');
});

test('what cannot be brought back ends the task, in the words of the engine', async (t) => {
  const engine = scriptedEngine((call) => {
    if (call === 'create') throw refusal('docker cannot create container: no such image', 'not_found');
  });
  const lab = await begin(t, engine, { container: undefined });
  await lab.steps('shop', 'web', { kind: 'start', ...of });
  assert.match((await lab.stored())?.end?.reason ?? '', /no such image/);
});

test('a start that the engine refuses ends the task with its words, however slow the store is', async (t) => {
  const engine = scriptedEngine((call) => {
    if (call === 'start') throw refusal('docker cannot start container: exec: "nope": not found', 'invalid');
  });
  const lab = await begin(t, engine, { container: undefined }, (commit) => async (compare, then) => {
    await sleep(50);
    await commit(compare, then);
  });
  await lab.steps('shop', 'web', { kind: 'start', ...of });
  assert.match((await lab.stored())?.end?.reason ?? '', /"nope": not found/);
});

test('a task whose record changes while it starts has not failed: the next start finds its container', async (t) => {
  let changes = true;
  const lab = await begin(t, scriptedEngine(), { container: undefined }, (commit) => async (compare, then) => {
    if (changes) {
      changes = false;
      const { value } = (await lab.state.tasks.get('shop', 'web', 'web-1-a')) ?? assert.fail();
      await lab.state.store.txn({ then: [lab.state.tasks.put({ ...value, networks: { edge: '10.208.0.9' } })] });
    }
    await commit(compare, then);
  });
  await assert.rejects(lab.steps('shop', 'web', { kind: 'start', ...of }), StaleDecision);
  assert.equal((await lab.stored())?.phase, 'run');
  await lab.steps('shop', 'web', { kind: 'start', ...of });
  const { phase, container, networks } = (await lab.stored()) ?? {};
  assert.deepEqual([phase, container, networks], ['run', 'c-web-1-a', { edge: '10.208.0.9' }]);
});

test('no container is made on a port that orca has come to listen on since the service was admitted', async (t) => {
  const lab = await begin(t, scriptedEngine(), { container: undefined });
  const ports = [{ address: '::1', host: 7000, container: 80, protocol: 'tcp' }] as const;
  const { value } = (await lab.state.revisions.get('shop', 'web', 1)) ?? assert.fail();
  await lab.state.store.txn({ then: [lab.state.revisions.put({ ...value, spec: { ...value.spec, ports } })] });
  lab.own.push({ port: 7000, listener: 'API' });
  await lab.steps('shop', 'web', { kind: 'start', ...of });
  assert.equal((await lab.stored())?.end?.reason, 'port 7000/tcp is in use by orca itself: its API listens there');
  assert.deepEqual([lab.boxes.size, lab.calls.includes('create web-1-a')], [0, false]);
});

test('a dead container that cannot be removed does not keep its slot: it is swept away when it can be', async (t) => {
  let stuck = true;
  const engine = scriptedEngine((call) => {
    if (call === 'remove' && stuck) throw refusal('docker took longer than 60 s', 'unavailable');
  });
  const lab = await begin(t, engine);
  lab.boxes.set('web-1-a', { ...dead, state: 'removing' });
  await lab.steps('shop', 'web', { kind: 'bury', ...of, exitCode: 1 });
  assert.equal((await lab.stored())?.phase, 'ended');
  stuck = false;
  await lab.steps('shop', 'web', { kind: 'sweep', ...of });
  assert.equal(lab.boxes.size, 0);
});

for (const kind of ['bury', 'stop'] as const)
  test(`${kind}: the end is recorded at once, then the log is copied, and only then the container goes`, async (t) => {
    const lab = await begin(t, scriptedEngine());
    lab.boxes.set('web-1-a', { ...dead, state: 'exited', exitCode: 0 });
    await lab.steps('shop', 'web', { kind, ...of, exitCode: 0 });
    const { phase, end } = (await lab.stored()) ?? {};
    assert.deepEqual([phase, end?.exitCode, lab.boxes.size], ['ended', 0, 1]);
    assert.ok(!lab.calls.includes('keep web-1-a'));
    await lab.steps('shop', 'web', { kind: 'sweep', ...of });
    assert.deepEqual(lab.calls.slice(-3, -1), ['keep web-1-a', 'remove web-1-a']);
    assert.equal(lab.boxes.size, 0);
  });

test('a container that was stopped and runs still keeps its slot', async (t) => {
  const lab = await begin(t, scriptedEngine());
  lab.boxes.set('web-1-a', { ...dead, state: 'running' });
  const steps = lab.stepsWith({ stop: async () => {} });
  await assert.rejects(steps('shop', 'web', { kind: 'stop', ...of }), { code: 'unavailable', message: /runs still/ });
  assert.equal((await lab.stored())?.phase, 'stop');
});

test('records of a slot go when there are newer ones, but not before their containers', async (t) => {
  const lab = await begin(t, scriptedEngine());
  const { state } = lab;
  const old = Array.from({ length: 8 }, (_, i) =>
    task({ id: `old-${i}`, phase: 'ended', routed: false, end: { at: i - 10, wanted: true, reason: '' } }),
  );
  await state.store.txn({ then: old.map(state.tasks.put) });
  lab.boxes.set('old-0', { ...dead, name: 'old-0' });
  lab.boxes.set('web-1-a', dead);
  await lab.steps('shop', 'web', { kind: 'bury', ...of });
  const left = (await state.tasks.list()).map(({ value }) => value.id);
  assert.deepEqual(left, ['old-0', 'old-6', 'old-7', 'web-1-a']);
});

test('a container that lives again is not buried, nor is one of a running task swept away', async (t) => {
  const engine = scriptedEngine((call) => {
    if (call === 'remove') throw refusal('docker took longer than 60 s', 'unavailable');
  });
  const lab = await begin(t, engine);
  lab.boxes.set('web-1-a', { ...dead, state: 'running' });
  await assert.rejects(lab.steps('shop', 'web', { kind: 'bury', ...of, exitCode: 1 }), { code: 'unavailable' });
  await lab.steps('shop', 'web', { kind: 'sweep', ...of });
  assert.equal((await lab.stored())?.phase, 'run');
  assert.equal(lab.boxes.size, 1);
});

test('every step may be done twice', async (t) => {
  const lab = await begin(t, scriptedEngine(), { container: undefined });
  for (const kind of ['start', 'route', 'unroute', 'stop'] as const) {
    await lab.steps('shop', 'web', { kind, ...of });
    await lab.steps('shop', 'web', { kind, ...of });
  }
  assert.deepEqual((await lab.stored())?.end, {
    at: 5,
    deployment: 0,
    wanted: true,
    reason: 'a reason',
    exitCode: 0,
    oomKilled: false,
  });
  for (let twice = 0; twice < 2; twice += 1) await lab.steps('shop', 'web', { kind: 'sweep', ...of });
  assert.equal(lab.boxes.size, 0);
});

const RELEASE = { slot: 0, routed: false, deployment: 7, release: {} };
const releaseStep = { ...of, slot: 0 };

/** Of a deployment that another one has superseded meanwhile, perhaps. */
async function withDeployment(
  lab: Lab,
  wish: Partial<Deployment> = {},
): Promise<() => Promise<ReleaseEnd | undefined>> {
  await lab.state.store.txn({
    then: [
      lab.state.deployments.put(deployment({ id: 7, release: {}, ...wish })),
      ...putService(lab.state, service({ deployment: wish.supersededBy ?? 7 })),
    ],
  });
  return async () => (await lab.state.deployments.get(7))?.value.release?.end;
}

test('how a release command ended is told by its deployment, which outlives the task', async (t) => {
  const lab = await begin(t, scriptedEngine(), { ...RELEASE, release: { begunAt: 1 } });
  const told = await withDeployment(lab, { state: 'superseded', supersededBy: 8 });
  lab.boxes.set('web-1-a', dead);
  await lab.steps('shop', 'web', { kind: 'bury', ...releaseStep, exitCode: 1 });
  assert.deepEqual(await told(), { state: 'failed', exitCode: 1, reason: 'a reason' });
  assert.equal((await lab.stored())?.phase, 'ended');
});

test('a release command that the engine refuses to start did not run, though it was about to', async (t) => {
  const engine = scriptedEngine((call) => {
    if (call === 'start') throw refusal('no such program', 'invalid');
  });
  const lab = await begin(t, engine, { ...RELEASE, container: undefined });
  const told = await withDeployment(lab);
  await lab.steps('shop', 'web', { kind: 'start', ...releaseStep });
  assert.deepEqual(await told(), {
    state: 'never-began',
    reason: 'it could not be started: no such program',
  });
});

test('a release command whose deployment is superseded while its container is made is not started', async (t) => {
  const engine = scriptedEngine();
  const lab = await begin(t, engine, { ...RELEASE, container: undefined });
  const told = await withDeployment(lab, { state: 'superseded', supersededBy: 8 });
  await lab.steps('shop', 'web', { kind: 'start', ...releaseStep });
  assert.ok(!engine.calls.some((call) => call.startsWith('start')), engine.calls.join());
  await lab.steps('shop', 'web', { kind: 'stop', ...releaseStep, wanted: false });
  assert.equal((await told())?.state, 'never-began');
});

test('a deployment that is superseded in the moment in which its release command ends is told of the end all the same', async (t) => {
  const lab = await begin(t, scriptedEngine(), { ...RELEASE, release: { begunAt: 1 } }, (commit) => {
    let first = true;
    return async (compare, then) => {
      if (first) await withDeployment(lab, { state: 'superseded', supersededBy: 8 });
      first = false;
      return commit(compare, then);
    };
  });
  const told = await withDeployment(lab);
  lab.boxes.set('web-1-a', { ...dead, exitCode: 0 });
  await lab.steps('shop', 'web', { kind: 'bury', ...releaseStep, exitCode: 0 });
  assert.equal((await told())?.state, 'succeeded');
  assert.equal((await lab.state.deployments.get(7))?.value.state, 'superseded');
});
