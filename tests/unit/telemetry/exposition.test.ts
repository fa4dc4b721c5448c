import assert from 'node:assert/strict';
import { test } from 'node:test';
import { expose } from '../../../src/telemetry/exposition.ts';

test('a metric has its help, its type, and a line for each sample', () => {
  const text = expose([
    { name: 'a_total', type: 'counter', help: 'As.', samples: [{ labels: {}, value: 1 }] },
    {
      name: 'b_seconds',
      type: 'histogram',
      help: 'Bs.',
      samples: [{ suffix: '_bucket', labels: { x: 'y', le: '+Inf' }, value: 0.5 }],
    },
    { name: 'nothing', type: 'gauge', help: 'None.', samples: [] },
  ]);
  assert.equal(
    text,
    '# HELP a_total As.\n# TYPE a_total counter\na_total 1\n# HELP b_seconds Bs.\n# TYPE b_seconds histogram\nb_seconds_bucket{x="y",le="+Inf"} 0.5\n',
  );
});

test('no value of a label ends its line or its quotes', () => {
  const text = expose([
    { name: 'a', type: 'gauge', help: 'one\ntwo \\', samples: [{ labels: { x: 'a"b\\c\nd 9' }, value: 1 }] },
  ]);
  assert.deepEqual(text.split('\n'), ['# HELP a one\\ntwo \\\\', '# TYPE a gauge', 'a{x="a\\"b\\\\c\\nd 9"} 1', '']);
});
