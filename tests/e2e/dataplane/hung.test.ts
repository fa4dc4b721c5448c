import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { ask, askStandIn, finallyDo, isAlive, type Lab, startLab, table, until } from './support/lab.ts';

/** ms. To load its modules a worker has three times as long. */
const PATIENCE = 3000;
const IMPATIENT = { args: ['--answer', String(PATIENCE)] };

const pidsOf = ({ link }: Lab): readonly number[] => (link.workers() ?? []).map(({ pid }) => pid);

const logOf = ({ dir }: Lab): readonly Readonly<Record<string, unknown>>[] =>
  readFileSync(join(dir, 'ingress', 'ingress.log'), 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line));

const killedIn = (lab: Lab): readonly unknown[] =>
  logOf(lab)
    .filter(({ msg }) => msg === 'a worker does not answer and is killed')
    .map(({ pid }) => pid);

async function serving(lab: Lab): Promise<void> {
  lab.link.publish(table(1, [], []));
  await until('acknowledged', () => lab.link.settled());
}

function freeze(t: Parameters<typeof finallyDo>[0], pid: number): void {
  process.kill(pid, 'SIGSTOP');
  finallyDo(t, () => isAlive(pid) && process.kill(pid, 'SIGCONT'));
}

test('a frozen worker that is given a table is killed and replaced, and all acknowledge the table', async (t) => {
  const lab = await startLab(t, { args: [...IMPATIENT.args, '--worker', 'real'] });
  await serving(lab);
  const supervisor = lab.link.connected()?.pid;
  const [healthy = 0, frozen = 0] = pidsOf(lab);
  freeze(t, frozen);
  const settled: boolean[] = [];
  lab.link.onChange(() => {
    const workers = lab.link.workers() ?? [];
    if (workers.some(({ pid }) => pid === frozen) && workers.some(({ table: used }) => used?.revision === 2))
      settled.push(lab.link.settled());
  });
  lab.link.publish(table(2, [], []));
  await until('acknowledged by all', () => lab.link.settled() && pidsOf(lab).length === 2);
  assert.deepEqual(new Set(settled), new Set([false]), 'while the other alone had acknowledged it');
  assert.equal(isAlive(frozen), false);
  assert.ok(pidsOf(lab).includes(healthy), 'the one that answers is left alone');
  assert.equal(lab.link.connected()?.pid, supervisor);
  assert.deepEqual(killedIn(lab), [frozen]);
  assert.equal((await ask(lab.port, '/', 'unknown.test')).status, 404);
});

test('a worker in an endless loop is found although nothing is sent to it', async (t) => {
  const lab = await startLab(t, IMPATIENT);
  await serving(lab);
  const before = pidsOf(lab);
  const cut = ask(lab.port, '/spin').catch((error: Error) => error);
  await until('replaced', () => pidsOf(lab).length === 2 && pidsOf(lab).join() !== before.join());
  await until('acknowledged by all', () => lab.link.settled());
  assert.ok((await cut) instanceof Error, 'what it had accepted ends with it');
  assert.deepEqual(
    killedIn(lab),
    before.filter((pid) => !pidsOf(lab).includes(pid)),
  );
  assert.equal((await askStandIn(lab.port)).table, 1);
});

test('when all of them hang they are replaced one after the other', async (t) => {
  const lab = await startLab(t, IMPATIENT);
  await serving(lab);
  const before = pidsOf(lab);
  for (const pid of before) freeze(t, pid);
  let least = before.length;
  lab.link.onChange(() => {
    least = Math.min(least, pidsOf(lab).length);
  });
  await until('all replaced', () => lab.link.settled() && !pidsOf(lab).some((pid) => before.includes(pid)));
  assert.deepEqual(killedIn(lab), before);
  assert.ok(least >= before.length - 1, `${least} workers were left`);
});

test('a data plane that was frozen whole, for longer than its patience, kills nobody', async (t) => {
  const lab = await startLab(t, IMPATIENT);
  await serving(lab);
  const before = pidsOf(lab);
  const supervisor = lab.link.connected()?.pid ?? 0;
  for (const pid of before) freeze(t, pid);
  lab.link.publish(table(2, [], []));
  const kept = join(lab.dir, 'ingress', 'table.json');
  await until('the workers owe an answer', () => readFileSync(kept, 'utf8').includes('"revision":2'));
  freeze(t, supervisor);
  await sleep(2 * PATIENCE); // That this time does not count is what is tested.
  for (const pid of [supervisor, ...before]) process.kill(pid, 'SIGCONT');
  await until('acknowledged', () => lab.link.settled());
  assert.deepEqual([pidsOf(lab), killedIn(lab)], [before, []]);
});
