import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCommit } from '../../../../src/controllers/commit.ts';
import { createServiceController } from '../../../../src/controllers/services/controller.ts';
import { rememberRevisions } from '../../../../src/controllers/services/revisions.ts';
import { createWords } from '../../../../src/controllers/services/words.ts';
import { allOn } from '../../../../src/core/schedule/placing.ts';
import { createLogger } from '../../../../src/telemetry/log.ts';
import { putService } from '../../store/put-service.ts';
import { deployment, emptyWorld, openState, revision, service } from '../support/shop.ts';

test('the words of a deployment are written at once, and then no more often than anybody reads', async (t) => {
  const state = await openState(t);
  const { stable: _, ...first } = service({ deployment: 1 });
  await state.store.txn({
    then: [
      state.cluster.put({ name: 'term', number: 1 }),
      ...putService(state, first),
      state.revisions.put(revision()),
      state.deployments.put(deployment({ state: 'pending' })),
    ],
  });
  let now = 1_000;
  const words = createWords({ state, commit: createCommit(state, 1), log: createLogger({ level: 'silent' }) });
  let trouble = '';
  const reconcile = createServiceController({
    blocked: { note: () => undefined },
    recent: { planned: () => undefined, forget: () => undefined },
    state,
    world: emptyWorld,
    executor: { ticket: () => 0, begin: () => undefined, trouble: () => undefined, idle: async () => {} },
    words,
    clock: { now: () => now },
    readRevision: rememberRevisions(state),
    means: () => ({
      images: new Map([['local', 'present']]),
      tableSettled: false,
      trouble,
      nodes: [],
    }),
    placing: async () => allOn(undefined),
    onPass: () => {},
  });
  const said = async (at: number, text: string) => {
    [now, trouble] = [at, text];
    await reconcile('shop/web');
    await words.idle();
    return (await state.deployments.get(1))?.value.reason;
  };
  assert.equal(await said(1_000, 'the first'), 'the first');
  assert.equal(await said(1_100, 'the second'), 'the first');
  assert.equal(await said(1_300, 'the third'), 'the third');
});
