import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { unserved } from '../../../cli/deploy/unserved.ts';
import type { Client } from '../../../src/client/client.ts';
import type { ServiceStatus } from '../../../src/contract/status.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import { deployed, service, status } from './samples.ts';

/** Ten seconds a look. */
async function look(states: readonly (readonly ServiceStatus[])[], outcome = deployed({ state: 'unchanged' })) {
  let [at, asked] = [0, 0];
  const client = {
    status: async () => {
      at += 10_000;
      asked += 1;
      const services = states[Math.min(asked, states.length) - 1];
      if (!services) throw new OrcaError('unavailable', 'the server is away');
      return status(services);
    },
  } as unknown as Client;
  const short = await unserved({ interrupted: new AbortController().signal, now: () => at }, client, [outcome]);
  return { short: short.map(({ name }) => name), asked };
}

const dead = service({ status: 'failed', running_replicas: 0, reason: 'nothing of it runs' });

describe('a service that a deploy left alone', () => {
  it('is looked at once when it serves', async () => {
    assert.deepEqual(await look([[service()]]), { short: [], asked: 1 });
  });

  it('may come back', async () => {
    assert.deepEqual(await look([[dead], [service()]]), { short: [], asked: 2 });
  });

  it('is told when it does not', async () => {
    assert.deepEqual((await look([[dead]])).short, ['web']);
  });

  it('is not told of what was deployed, nor of another service, nor of what cannot be looked at', async () => {
    assert.deepEqual(await look([[dead]], deployed({ state: 'succeeded' })), { short: [], asked: 0 });
    assert.deepEqual((await look([[{ ...dead, project: 'blog' }]])).short, []);
    assert.deepEqual((await look([])).short, []);
  });
});
