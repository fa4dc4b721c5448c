import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ContainerInfo, ContainerInspectInfo } from 'dockerode';
import { createReadings } from '../../../src/engine/readings.ts';

const READ_AT = 1_000_000;

const info = (state: object = {}, rest: object = {}) =>
  ({
    Id: 'id-web',
    Name: '/web',
    Config: { Labels: {} },
    State: {
      Status: 'running',
      StartedAt: '2026-01-01T00:00:00Z',
      FinishedAt: '0001-01-01T00:00:00Z',
      Error: '',
      ...state,
    },
    RestartCount: 0,
    HostConfig: {},
    NetworkSettings: { Networks: {} },
    ...rest,
  }) as unknown as ContainerInspectInfo;

const listed = (rest: Partial<ContainerInfo> = {}) =>
  ({ Id: 'id-web', Names: ['/web'], State: 'running', Status: 'Up 2 minutes', ...rest }) as ContainerInfo;

function known(read: ContainerInspectInfo | undefined = info()) {
  const readings = createReadings();
  readings.keep('web', read, READ_AT);
  return readings;
}

test('a container that ran for longer than it was read ago is as it was read', () => {
  for (const Status of [
    'Up About a minute',
    'Up 2 minutes',
    'Up About an hour',
    'Up 47 hours',
    'Up 3 days',
    'Up 2 years',
  ])
    assert.equal(known().still('web', listed({ Status }), READ_AT + 34_000)?.id, 'id-web', Status);
});

test('one that may have been started since is not, nor is one that is not as it was', () => {
  const since = READ_AT + 10_000;
  for (const Status of [
    'Up Less than a second',
    'Up 1 second',
    'Up 59 seconds',
    'Exited (0) 2 minutes ago',
    'Created',
    '',
  ])
    assert.equal(known().still('web', listed({ Status }), since), undefined, Status);
  assert.equal(known().still('web', listed(), READ_AT + 35_000), undefined, 'it is read now and then');
  assert.equal(known().still('web', listed({ Id: 'id-other' }), since), undefined, 'another one of its name');
  assert.equal(known().still('web', listed({ State: 'paused', Status: 'Up 2 minutes (Paused)' }), since), undefined);
  assert.equal(known(info({ Status: 'paused' })).still('web', listed(), since), undefined);
  assert.equal(known().still('db', listed(), since), undefined);
});

test('one whose image has a check is asked for each time: nothing else tells of misses', () => {
  const checked = info({ Health: { Status: 'healthy', FailingStreak: 0, Log: [] } });
  assert.equal(known(checked).still('web', listed({ Status: 'Up 2 minutes (healthy)' }), READ_AT + 1), undefined);
});

test('what is gone, not listed, or of an engine that may be another one now is forgotten', () => {
  const still = (readings: ReturnType<typeof known>) => readings.still('web', listed(), READ_AT + 1);
  const [gone, unlisted, another, kept] = [known(), known(), known(), known()];
  gone.keep('web', undefined, READ_AT);
  unlisted.keepOnly(new Set(['db']));
  another.reset();
  kept.keepOnly(new Set(['web']));
  assert.deepEqual([gone, unlisted, another].map(still), [undefined, undefined, undefined]);
  assert.equal(still(kept)?.id, 'id-web');
});
