import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { collection, unchanged } from '../../../src/store/collection.ts';
import type { Store } from '../../../src/store/contract.ts';
import { openStore } from '../../../src/store/open.ts';
import { createState, EVENTS_PREFIX } from '../../../src/store/state.ts';

interface Ship {
  readonly fleet: string;
  readonly number: number;
  readonly name?: string;
}

suite('a collection', () => {
  test('its keys sort by number', async (t) => {
    const { ships } = await fleet(t);
    assert.equal(ships.key('north', 7), 'ships/north/000000000007');
    assert.ok(ships.key('north', 9) < ships.key('north', 10));
  });

  test('a record is read as it was put, with its revision', async (t) => {
    const { store, ships } = await fleet(t);
    await store.txn({ then: [ships.put({ fleet: 'north', number: 1, name: 'Größe' })] });
    const found = await ships.get('north', 1);
    assert.deepEqual(found?.value, { fleet: 'north', number: 1, name: 'Größe' });
    assert.equal(found?.modRevision, 1);
    assert.equal(await ships.get('north', 2), undefined);
  });

  test('a list is the records below its parts alone, also when they fill several pages', async (t) => {
    const { store, ships } = await fleet(t);
    for (let from = 1; from <= 1200; from += 120) {
      const numbers = Array.from({ length: 120 }, (_, n) => from + n);
      await store.txn({ then: numbers.map((number) => ships.put({ fleet: 'north', number })) });
    }
    await store.txn({ then: [ships.put({ fleet: 'northern', number: 1 })] });
    assert.deepEqual(
      (await ships.list('north')).map(({ value }) => value.number),
      Array.from({ length: 1200 }, (_, n) => n + 1),
    );
    assert.equal((await ships.list()).length, 1201);
    await store.txn({ then: [ships.removeAll('north')] });
    assert.equal((await ships.list()).length, 1);
  });

  test('a write that lost a race is refused', async (t) => {
    const { store, ships } = await fleet(t);
    const ship = { fleet: 'north', number: 1 };
    assert.equal((await store.txn({ compare: [ships.absent(ship)], then: [ships.put(ship)] })).succeeded, true);
    assert.equal((await store.txn({ compare: [ships.absent(ship)], then: [ships.put(ship)] })).succeeded, false);
    const read = await ships.get('north', 1);
    assert.ok(read);
    await store.txn({ then: [ships.put({ ...ship, name: 'other' })] });
    assert.equal((await store.txn({ compare: [unchanged(read)], then: [ships.remove(ship)] })).succeeded, false);
  });

  test('a record that is no JSON is refused with its key', async (t) => {
    const { store, ships } = await fleet(t);
    await store.txn({ then: [{ put: ships.key('north', 1), value: '{' }] });
    await assert.rejects(ships.get('north', 1), { code: 'unavailable', message: /ships\/north\/000000000001/ });
  });
});

suite('the state', () => {
  test('events are kept in the order of their time', async (t) => {
    const { store } = await fleet(t);
    const state = createState(store);
    const event = (at: number) => state.event({ at, name: 'happened' } as unknown as Parameters<typeof state.event>[0]);
    await store.txn({ then: [event(1000), event(20), event(1000)] });
    const { entries } = await store.range({ prefix: EVENTS_PREFIX });
    assert.deepEqual(
      entries.map(({ value }) => JSON.parse(value).at),
      [20, 1000, 1000],
    );
  });
});

async function fleet(t: TestContext): Promise<{ readonly store: Store; readonly ships: ReturnType<typeof shipsOf> }> {
  const directory = await mkdtemp(join(tmpdir(), 'orca-state-'));
  const store = await openStore(`file:${join(directory, 'orca.db')}`);
  t.after(async () => {
    await store.close();
    await rm(directory, { recursive: true });
  });
  return { store, ships: shipsOf(store) };
}

const shipsOf = (store: Store) => collection<Ship>(store, 'ships', ({ fleet, number }) => [fleet, number]);
