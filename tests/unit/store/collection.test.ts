import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { suite, type TestContext, test } from 'node:test';
import { type RecordFormat, SAME } from '../../../src/core/model/records/format.ts';
import { number, object, optional, text } from '../../../src/core/model/records/shape.ts';
import { NewerRecord, UnreadableRecord } from '../../../src/core/model/records/unreadable.ts';
import { collection, unchanged } from '../../../src/store/collection.ts';
import type { Store } from '../../../src/store/contract.ts';
import { openStore } from '../../../src/store/open.ts';
import { createState, EVENTS_PREFIX } from '../../../src/store/state.ts';

interface Ship {
  readonly fleet: string;
  readonly number: number;
  readonly name?: string | undefined;
  readonly crew: number;
}

suite('a collection', () => {
  test('its keys sort by number', async (t) => {
    const { ships } = await fleet(t);
    assert.equal(ships.key('north', 7), 'ships/north/000000000007');
    assert.ok(ships.key('north', 9) < ships.key('north', 10));
  });

  test('a record is read as it was put, with its revision', async (t) => {
    const { store, ships } = await fleet(t);
    await store.txn({ then: [ships.put({ fleet: 'north', number: 1, name: 'Größe', crew: 1 })] });
    const found = await ships.get('north', 1);
    assert.deepEqual(found?.value, { fleet: 'north', number: 1, name: 'Größe', crew: 1 });
    assert.equal(found?.modRevision, 1);
    assert.equal(await ships.get('north', 2), undefined);
  });

  test('a list is the records below its parts alone, also when they fill several pages', async (t) => {
    const { store, ships } = await fleet(t);
    for (let from = 1; from <= 1200; from += 120) {
      const numbers = Array.from({ length: 120 }, (_, n) => from + n);
      await store.txn({ then: numbers.map((number) => ships.put({ fleet: 'north', number, crew: 1 })) });
    }
    await store.txn({ then: [ships.put({ fleet: 'northern', number: 1, crew: 1 })] });
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
    const ship = { fleet: 'north', number: 1, crew: 1 };
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

  test('a record carries its version, and what an older one wrote is upgraded step by step', async (t) => {
    const { store, ships } = await fleet(t);
    const [key, crew] = [ships.key('north', 1), ['captain', 'cook']];
    const written = [
      [{ fleet: 'north', number: 1 }, 1],
      [{ v: 1, fleet: 'north', number: 1 }, 1],
      [{ v: 2, fleet: 'north', number: 1, crew }, 2],
      [{ v: 3, fleet: 'north', number: 1, crew: 7 }, 7],
    ] as const;
    for (const [value, expected] of written) {
      await store.txn({ then: [{ put: key, value: JSON.stringify(value) }] });
      assert.deepEqual((await ships.get('north', 1))?.value, { fleet: 'north', number: 1, crew: expected });
    }
    await store.txn({ then: [ships.put({ fleet: 'north', number: 1, crew: 7 })] });
    assert.equal((await store.get(key))?.value, '{"v":3,"fleet":"north","number":1,"crew":7}');
    assert.equal(
      (await store.txn({ compare: [ships.equals({ fleet: 'north', number: 1, crew: 7 })], then: [] })).succeeded,
      true,
    );
  });

  test('a record of a version yet to come is refused with its key and what to do, not guessed', async (t) => {
    const { store, ships } = await fleet(t);
    await store.txn({ then: [{ put: ships.key('north', 1), value: '{"v":4,"fleet":"north","number":1,"crew":7}' }] });
    await assert.rejects(ships.get('north', 1), (error) => {
      assert.ok(error instanceof NewerRecord);
      assert.match(
        error.message,
        /ships\/north\/000000000001 .* a newer orca wrote it \(version 4, this one knows 3\)/,
      );
      assert.match(error.hint ?? '', /start that newer orca/);
      return true;
    });
  });

  test('a key that this version does not know stays in the record', async (t) => {
    const { store, ships } = await fleet(t);
    await store.txn({
      then: [{ put: ships.key('north', 1), value: '{"v":3,"fleet":"north","number":1,"crew":7,"flag":"red"}' }],
    });
    const ship = (await ships.get('north', 1))?.value;
    assert.ok(ship);
    await store.txn({ then: [ships.put({ ...ship, crew: 8 })] });
    assert.match((await store.get(ships.key('north', 1)))?.value ?? '', /"crew":8,"flag":"red"/);
  });

  test('what is damaged is told with its key and what is wrong, once, and stops nobody else', async (t) => {
    const told: UnreadableRecord[] = [];
    const { store } = await fleet(t);
    const ships = shipsOf(store, (error) => told.push(error));
    const damaged = [
      '{',
      '7',
      '{"v":"x"}',
      '{"v":-1}',
      '{"v":2,"fleet":"north","number":1}',
      '{"v":3,"fleet":"north","crew":1}',
    ];
    const then = damaged.map((value, i) => ({ put: ships.key('north', i), value }));
    await store.txn({ then: [...then, ships.put({ fleet: 'north', number: 100, crew: 1 })] });
    const { records, unreadable } = await ships.listReadable();
    assert.deepEqual(
      records.map(({ value }) => value.number),
      [100],
    );
    assert.deepEqual(
      unreadable.map(({ key }) => key),
      then.map(({ put }) => put),
    );
    assert.deepEqual(
      told.map(({ message }) => message.split(': ')[1]),
      [
        'it is no JSON',
        'it is no map',
        'v is no version',
        'v is no version',
        'it is none of version 2',
        'number is missing',
      ],
    );
    await assert.rejects(ships.list(), UnreadableRecord);
    assert.equal((await ships.get('north', 100))?.value.crew, 1);
  });

  test('an entry in memory is decoded once, also when it cannot be', async (t) => {
    const told: UnreadableRecord[] = [];
    const { store } = await fleet(t);
    const ships = shipsOf(store, (error) => told.push(error));
    await store.txn({
      then: [{ put: ships.key('north', 1), value: '{' }, ships.put({ fleet: 'north', number: 2, crew: 1 })],
    });
    const { entries } = await store.range({ prefix: 'ships/' });
    const [broken, sound] = entries;
    assert.ok(broken && sound);
    assert.equal(ships.read(sound), ships.read(sound));
    assert.equal(ships.read(broken) ?? ships.read(broken), undefined);
    assert.equal(told.length, 1);
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

/** Version 2 gave each ship a crew, version 3 counts it. */
const SHIP: RecordFormat<Ship> = {
  upgrades: [
    SAME,
    (ship) => ({ ...ship, crew: ['captain'] }),
    (ship) => ({ ...ship, crew: (ship['crew'] as []).length }),
  ],
  shape: object<Ship>({ fleet: text, number, name: optional(text), crew: number }),
};

const shipsOf = (store: Store, onUnreadable?: (error: UnreadableRecord) => void) =>
  collection({ store, prefix: 'ships', format: SHIP, keyOf: ({ fleet, number }) => [fleet, number], onUnreadable });
