import assert from 'node:assert/strict';
import { afterEach, describe, it } from 'node:test';
import { type BudgetLimits, createBudget } from '../../../src/api/http/budget.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import type { Role } from '../../../src/core/model/token.ts';
import { until } from './test-api.ts';

const LIMITS: BudgetLimits = { room: { viewer: 40, deployer: 80, admin: 120 }, patience: 600_000, waiting: 3 };

const asked: { readonly end: () => void }[] = [];
afterEach(() => {
  for (const { end } of asked.splice(0)) end();
});

/** Asks for room and tells how it went so far; the end of its answer gives it back. */
function open(limits: Partial<BudgetLimits> = {}) {
  const budget = createBudget({ ...LIMITS, ...limits });
  const ask = (id: string, role: Role, bytes: number, projects?: readonly string[]) => {
    const over = new AbortController();
    const one = { state: 'waits', end: () => over.abort(), shrink: (_: number) => {}, done: Promise.resolve() };
    one.done = budget.reserve({ id, name: id, role, projects }, bytes, over.signal).then(
      ({ shrink }) => Object.assign(one, { state: 'holds', shrink }) && undefined,
      (error) => Object.assign(one, { state: error instanceof OrcaError ? error.code : String(error) }) && undefined,
    );
    asked.push(one);
    return one;
  };
  return { budget, ask };
}

const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('the memory budget', () => {
  it('is given out up to the share of one caller; the rest of its requests wait, and others do not', async () => {
    const { budget, ask } = open();
    const [first, second, other] = [ask('a', 'viewer', 15), ask('a', 'viewer', 15), ask('b', 'viewer', 15)];
    await settled();
    assert.deepEqual([first.state, second.state, other.state, budget.held()], ['holds', 'waits', 'holds', 30]);
    first.end();
    await second.done;
    assert.deepEqual([second.state, budget.held()], ['holds', 30]);
  });

  it('keeps room for those of a higher role, whatever those of a lower one hold and wait for', async () => {
    const { budget, ask } = open();
    const viewers = ['a', 'b', 'c', 'd', 'e'].map((id) => ask(id, 'viewer', 20));
    const deployers = ['f', 'g', 'h'].map((id) => ask(id, 'deployer', 40));
    await settled();
    assert.deepEqual(
      [...viewers, ...deployers].map(({ state }) => state),
      ['holds', 'holds', 'waits', 'waits', 'waits', 'holds', 'waits', 'waits'],
    );
    const admin = ask('admin', 'admin', 40);
    await admin.done;
    assert.deepEqual([admin.state, budget.held()], ['holds', 120]);
  });

  it("keeps the room of the cluster's admins from those of some projects, who can make as many tokens as they like", async () => {
    const { ask } = open();
    const some = ['a', 'b', 'c', 'd'].map((id) => ask(id, 'admin', 60, ['shop']));
    await settled();
    assert.deepEqual(
      some.map(({ state }) => state),
      ['holds', 'holds', 'waits', 'waits'],
    );
    const local = ask('local', 'admin', 40);
    await local.done;
    assert.equal(local.state, 'holds');
  });

  it('is given out in order: a large request is not overtaken for ever by small ones', async () => {
    const { ask } = open();
    const holders = [ask('a', 'viewer', 15), ask('b', 'viewer', 15)];
    const large = ask('c', 'viewer', 20);
    const small = ask('d', 'viewer', 5);
    await settled();
    assert.deepEqual([large.state, small.state], ['waits', 'waits']);
    holders[0]?.end();
    await large.done;
    await small.done;
    assert.deepEqual([large.state, small.state], ['holds', 'holds']);
  });

  it('counts what is more than a share as the whole share', async () => {
    const { budget, ask } = open();
    await ask('a', 'viewer', 1000).done;
    assert.equal(budget.held(), 20);
  });

  it('takes back in part, and at the end of the answer, once', async () => {
    const { budget, ask } = open();
    const [first, second] = [ask('a', 'viewer', 20), ask('a', 'viewer', 12)];
    await first.done;
    first.shrink(8);
    await second.done;
    assert.equal(budget.held(), 20);
    first.end();
    first.shrink(4);
    assert.equal(budget.held(), 12);
    second.end();
    assert.equal(budget.held(), 0);
  });

  it('refuses who waits too long, and at once one too many that waits; a client that left waits no more', async () => {
    const { ask } = open({ patience: 1 });
    await ask('a', 'viewer', 20).done;
    const late = ask('a', 'viewer', 1);
    await late.done;
    assert.equal(late.state, 'unavailable');

    const patient = open();
    const holder = patient.ask('a', 'viewer', 20);
    await holder.done;
    const waiting = [1, 2, 3].map(() => patient.ask('a', 'viewer', 20));
    const tooMany = patient.ask('a', 'viewer', 1);
    await tooMany.done;
    assert.equal(tooMany.state, 'unavailable');
    waiting[0]?.end();
    await until(() => waiting[0]?.state === 'unavailable');
    holder.end();
    await waiting[1]?.done;
    assert.deepEqual(
      waiting.map(({ state }) => state),
      ['unavailable', 'holds', 'waits'],
    );
    for (const one of waiting) one.end();
    assert.equal(patient.budget.held(), 0);
  });
});
