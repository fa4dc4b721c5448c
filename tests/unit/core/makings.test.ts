import assert from 'node:assert/strict';
import { test } from 'node:test';
import { alikeAsText, createMakings } from '../../../src/core/makings.ts';

test('a thing is made anew only when something it is made of is another object, and of its own subject alone', () => {
  const makings = createMakings<object>();
  const [a, b] = [{}, {}];
  const make = (subject: string, ...of: readonly unknown[]) => makings.make(subject, of, () => ({}));
  const first = make('one', a, b);
  assert.equal(make('one', a, b), first);
  assert.notEqual(make('two', a, b), first);
  assert.notEqual(make('one', b, a), first, 'in another order');
  const second = make('one', a);
  assert.notEqual(second, first, 'of fewer');
  assert.equal(makings.known('one', [a]), second);
  assert.equal(makings.known('one', [b]), undefined);
});

test('what was made anew and is alike stays the object that it was', () => {
  const makings = createMakings<{ readonly n: number }>(alikeAsText);
  const first = makings.make('one', [{}], () => ({ n: 1 }));
  assert.equal(
    makings.make('one', [{}], () => ({ n: 1 })),
    first,
  );
  assert.deepEqual(
    makings.make('one', [{}], () => ({ n: 2 })),
    { n: 2 },
  );
});

test('a subject that is gone is forgotten, and others are not', () => {
  const makings = createMakings<object>();
  const [kept, gone] = ['kept', 'gone'].map((subject) => makings.make(subject, [], () => ({})));
  makings.retain(1, () => new Set(['kept']));
  assert.equal(makings.known('kept', []), kept);
  assert.ok(gone !== undefined && makings.known('gone', []) === undefined);
});
