import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createOutput } from '../../../cli/output/output.ts';
import { createProgress, liveLines } from '../../../cli/output/progress.ts';
import { createStyle } from '../../../cli/output/style.ts';
import type { ProgressLine } from '../../../src/contract/progress.ts';
import { task } from './samples.ts';

const plain = createStyle(false);
const of = { project: 'shop', service: 'web', deployment: 12 };
const taskLine = (changes = {}): Extract<ProgressLine, { type: 'task' }> => ({
  type: 'task',
  at: 0,
  ...of,
  task: task(changes),
});
const deploymentLine = (changes = {}): Extract<ProgressLine, { type: 'deployment' }> => ({
  type: 'deployment',
  at: 0,
  ...of,
  state: 'running',
  failing: false,
  reason: 'waits for web.1',
  pull: null,
  ...changes,
});

const terminal = (shape: { isTTY?: boolean; quiet?: boolean } = {}) => {
  let text = '';
  const stderr = {
    isTTY: shape.isTTY,
    columns: 100,
    rows: 30,
    write: (more: string) => {
      text += more;
      return true;
    },
    once: () => undefined,
  };
  const output = createOutput(
    { quiet: shape.quiet, color: false },
    { color: 'auto', dumb: false },
    { stdout: stderr, stderr },
  );
  return { output, text: () => text };
};

describe('live progress', () => {
  it('has a line a deployment and a line a task, by slot, with the time in this state', () => {
    const lines = liveLines({
      tasks: [
        { line: taskLine({ id: 'b', slot: 2, state: 'starting', health: 'waiting', reason: 'pulling' }), since: 1000 },
        { line: taskLine({ id: 'a', slot: 1 }), since: 1000 },
        { line: taskLine({ id: 'c', slot: 1, revision: 3, state: 'stopped', health: 'none' }), since: 1000 },
      ],
      deployments: new Map([['shop/web', deploymentLine()]]),
      style: plain,
      now: 4200,
    });
    assert.deepEqual(lines, [
      'web running: waits for web.1',
      '  web.1 r4 running',
      '  web.2 r4 starting  3.2 s pulling',
    ]);
  });

  it('says so when it goes back', () => {
    const lines = liveLines({
      tasks: [],
      deployments: new Map([['shop/web', deploymentLine({ failing: true, reason: 'back to revision 3' })]]),
      style: plain,
      now: 0,
    });
    assert.deepEqual(lines, ['web failing: back to revision 3']);
  });

  it('tells a warning once, in the words of the server', () => {
    const { output, text } = terminal({ isTTY: true });
    const progress = createProgress(output, () => 0);
    const warnings = ['web: the registry did not answer'];
    progress.line({ type: 'service', at: 0, ...of, action: 'create', reason: 'web is new', warnings });
    progress.line(taskLine());
    progress.end();
    assert.equal(text(), `web is new, deployment 12\nwarning: ${warnings[0]}\n  web.1 r4 running\n`);
  });

  it('stays on the screen when it has ended', () => {
    const { output, text } = terminal({ isTTY: true });
    const progress = createProgress(output, () => 0);
    progress.line(taskLine());
    progress.end();
    output.alert('interrupted');
    progress.end();
    assert.equal(text(), '  web.1 r4 running\ninterrupted\n');
  });
});

describe('plain progress', () => {
  it('tells each change once, with its time and without an escape sequence', () => {
    const { output, text } = terminal();
    const progress = createProgress(output, () => 0);
    progress.line(taskLine({ state: 'starting', health: 'waiting', reason: 'pulling' }));
    progress.line(taskLine({ state: 'starting', health: 'waiting', reason: 'pulling' }));
    progress.line(taskLine());
    progress.line({ type: 'waiting', at: 0, reason: 'waits' });
    progress.end();
    const lines = text().split('\n');
    assert.equal(lines.length, 3);
    assert.match(lines[0] ?? '', /^\d\d:\d\d:\d\d web\.1 r4 starting \(pulling\)$/);
    assert.match(lines[1] ?? '', /^\d\d:\d\d:\d\d web\.1 r4 running$/);
  });

  it('tells of a pull at its begin and then every 10 s, and of what comes after it at once', () => {
    const { output, text } = terminal();
    const progress = createProgress(output, () => 0);
    for (let at = 0; at <= 21_000; at += 500)
      progress.line(deploymentLine({ at, reason: `pulling: ${at}`, pull: { done: at, total: 21_000 } }));
    progress.line(deploymentLine({ at: 21_500, reason: 'web.1 is starting' }));
    progress.end();
    const told = text()
      .split('\n')
      .slice(0, -1)
      .map((line) => line.replace(/^\S+ web running: /, ''));
    assert.deepEqual(told, ['pulling: 0', 'pulling: 10000', 'pulling: 20000', 'web.1 is starting']);
  });

  it('says nothing with --quiet', () => {
    const { output, text } = terminal({ quiet: true, isTTY: true });
    const progress = createProgress(output, () => 0);
    progress.line(taskLine());
    progress.end();
    assert.equal(text(), '');
  });
});
