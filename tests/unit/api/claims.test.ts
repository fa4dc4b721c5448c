import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { deployed, end, taskOf, web } from './records.ts';
import { openApi, type TestApi } from './test-api.ts';

describe('what another service holds', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
  });
  afterEach(() => test.close());

  const send = async (path: string, services: readonly object[]) =>
    (await test.ask('POST', `/api/v1/${path}`, { as: 'admin', body: { services } })).body;

  /** Each that is refused, as plan and deploy agree on it, with why and what to do; the others are left to run. */
  async function refused(...services: readonly object[]): Promise<Record<string, string>> {
    const told = (name: string, error: string, hint: string): [string, string] => [name, `${error}; ${hint}`];
    const { errors } = await send('plan', services);
    const planned = errors.map((one: Record<string, string>) => told(one.name ?? '', one.error ?? '', one.hint ?? ''));
    const answer = await send('deploy?wait=false', services);
    const bad = answer.services.filter((one: { state: string }) => one.state === 'refused');
    const found = bad.map((one: Record<string, string>) => told(one.name ?? '', one.reason ?? '', one.hint ?? ''));
    assert.deepEqual(planned, found);
    return Object.fromEntries(found);
  }

  const deployments = async (): Promise<number[]> =>
    (await test.state.deployments.list()).filter(({ value }) => value.state === 'pending').map(({ value }) => value.id);

  const succeed = async (): Promise<void> => {
    for (const id of await deployments()) await end(test, id, 'succeeded');
  };

  const a = (rest: object = {}) => web({ name: 'a', ...rest });
  const b = (rest: object = {}) => web({ name: 'b', ...rest });

  it('is its host port until the task that has it has ended', async () => {
    await deployed(test, a({ ports: ['9500:80'] }));
    const task = taskOf({ id: 'a-1-x', service: 'a' });
    await test.state.store.txn({ then: [test.state.tasks.put(task)] });
    await deployed(test, a());
    await test.state.store.txn({ then: [test.state.tasks.put({ ...task, phase: 'stop', routed: false })] });
    assert.deepEqual(await refused(b({ ports: ['9500:80'] })), {
      b: 'port 9500/tcp belongs to the service a until its old task has stopped; it is stopping: try again in a moment',
    });
    await test.state.store.txn({ then: [test.state.tasks.put({ ...task, phase: 'ended' })] });
    assert.deepEqual(await refused(b({ ports: ['9500:80'] })), {});
  });

  it('is not the domain of a task that stops: nothing leads there any more', async () => {
    await deployed(test, a({ domain: 'a.test', ports: ['9500:80'] }));
    await test.state.store.txn({ then: [test.state.tasks.put(taskOf({ service: 'a', phase: 'stop' }))] });
    await deployed(test, a());
    assert.deepEqual(await refused(b({ domain: 'a.test', ports: ['9600:80'] })), {});
  });

  it('is given up in the same request only once that has succeeded: deploy again then', async () => {
    await deployed(test, a({ domain: 'a.test' }));
    for (const request of [
      [a(), b({ domain: 'a.test' })],
      [b({ domain: 'a.test' }), a()],
    ]) {
      assert.deepEqual(await refused(...request), {
        b: 'a.test/ belongs to the service a until that is deployed without it; deploy again once that has succeeded',
      });
    }
    await succeed();
    assert.deepEqual(await refused(a(), b({ domain: 'a.test' })), {});
  });

  it('can be swapped in turns, and the refusal names them', async () => {
    const [left, right] = [{ domain: 'a.test' }, { domain: 'b.test' }];
    await deployed(test, a(left), b(right));
    const until = 'until that is deployed without it; take turns: deploy';
    assert.deepEqual(await refused(a(right), b(left)), {
      a: `b.test/ belongs to the service b ${until} b without it, then a, then b as it is here`,
      b: `a.test/ belongs to the service a ${until} a without it, then b, then a as it is here`,
    });
    for (const turn of [b(), a(right), b(left)]) {
      assert.deepEqual(await refused(turn), {});
      await succeed();
    }
  });

  it('is for good what the request does not give up', async () => {
    await deployed(test, a({ domain: 'a.test' }));
    const stays = 'a.test/ belongs to the service a already; choose another domain, path or port, or remove the other';
    assert.deepEqual(await refused(b({ domain: 'a.test' })), { b: `${stays} service first` });
  });
});
