import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { OrcaError } from '../../../src/core/errors.ts';
import type { TaskSample } from '../../../src/core/load/sample.ts';
import { containerOf } from './memory-world.ts';
import { deployed, taskOf, web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

const sample = (cpu: number, machineCpu: number): TaskSample => ({
  cpu,
  machineCpu,
  cpus: 2,
  memory: 50_000,
  memoryLimit: 100_000,
  network: { in: 1, out: 2 },
  block: { in: 3, out: 4 },
  pids: 5,
});

describe('top', { concurrency: true }, () => {
  let test: TestApi;
  const asked = new Map<string, number>();
  before(async () => {
    test = await openApi();
    await deployed(test, web());
    await deployed(test, web({ project: 'other', name: 'api' }));
    const tasks = [
      taskOf({ id: 'web-1-a', slot: 1 }),
      taskOf({ id: 'web-2-b', slot: 2 }),
      taskOf({ id: 'web-3-c', slot: 3 }),
      taskOf({ id: 'web-1-old', slot: 1, phase: 'ended' }),
      taskOf({ id: 'api-1-d', project: 'other', service: 'api' }),
    ];
    await test.state.store.txn({ then: tasks.map((task) => test.state.tasks.put(task)) });
    for (const task of tasks.slice(0, 2)) test.world.serve(task);
    if (tasks[2]) test.world.running.set('web-3-c', containerOf(tasks[2], { state: 'exited' }));
    test.engine.load = async (name) => {
      const times = (asked.get(name) ?? 0) + 1;
      asked.set(name, times);
      if (name === 'web-2-b')
        throw new OrcaError('unavailable', 'docker took longer than 5 s to tell what "web-2-b" uses');
      return sample(times * 1e9, times * 4e9);
    };
    test.engine.machineLoad = { busy: 1, total: 2, cpus: 2, memory: 3, memoryTotal: 4, load: 0 };
  });
  after(() => test.close());

  const top = (query = '', as: 'viewer' | 'shopper' = 'viewer') => test.ask('GET', `/api/v1/top${query}`, { as });
  // biome-ignore lint/suspicious/noExplicitAny: as answers are
  const taskOfAnswer = (body: any, id: string) => body.tasks.find((task: { id: string }) => task.id === id);

  it('tells what each task uses, and of one that cannot be read why', async () => {
    const { status, body } = await top();
    assert.equal(status, 200);
    assert.deepEqual(body.tasks.map(({ id }: { id: string }) => id).sort(), [
      'api-1-d',
      'web-1-a',
      'web-2-b',
      'web-3-c',
    ]);
    const { id, project, service, slot, ...used } = taskOfAnswer(body, 'web-1-a');
    assert.deepEqual([id, project, service, slot], ['web-1-a', 'shop', 'web', 1]);
    assert.deepEqual(used, {
      node: 'local',
      cpu_percent: 50,
      memory_bytes: 50_000,
      memory_limit_bytes: 100_000,
      network_in_bytes: 1,
      network_out_bytes: 2,
      block_read_bytes: 3,
      block_write_bytes: 4,
      pids: 5,
      reason: null,
    });
    const hung = taskOfAnswer(body, 'web-2-b');
    assert.deepEqual([hung.cpu_percent, hung.memory_bytes], [null, null]);
    assert.match(hung.reason, /took longer than 5 s/);
    assert.match(taskOfAnswer(body, 'web-3-c').reason, /does not run: it is exited/);
    assert.equal(taskOfAnswer(body, 'api-1-d').reason, 'it has no container yet');
    assert.equal(body.nodes[0].memory_total_bytes, 4);
    assert.equal(asked.get('web-3-c'), undefined, 'the engine is not asked for what does not run');
  });

  it('shows a token of one project that project alone, and nothing of the machine', async () => {
    const { body } = await top('', 'shopper');
    assert.ok(body.tasks.length === 3 && body.tasks.every((task: { project: string }) => task.project === 'shop'));
    assert.deepEqual(body.nodes, []);
    assert.deepEqual((await top('?project=other', 'shopper')).body.tasks, []);
    assert.equal((await top('?service=api', 'shopper')).status, 404);
  });

  it('takes a service, a project and a task, and says what there is not', async () => {
    const ids = async (query: string) => (await top(query)).body.tasks.map(({ id }: { id: string }) => id);
    assert.deepEqual(await ids('?service=web&task=1'), ['web-1-a']);
    assert.deepEqual(await ids('?project=other'), ['api-1-d']);
    assert.equal((await top('?service=wbe')).body.error, 'service not found: wbe');
    assert.equal((await top('?service=web&task=9')).body.error, 'task not found: 9');
    assert.equal((await top('?servce=web')).status, 422);
  });
});
