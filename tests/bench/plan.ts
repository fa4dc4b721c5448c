import { resolve } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { sightOf } from '../../src/controllers/services/sight.ts';
import { planService } from '../../src/core/rollout/plan-service.ts';
import { buildTable } from '../../src/core/route/build-table.ts';
import { run } from '../lab/command.ts';
import { calmWorld, MEANS, manyServices } from './plan/services.ts';
import { openLargeState } from './plan/state.ts';
import { ms } from './report/figures.ts';
import type { Report } from './report/report.ts';
import { median, percentile } from './report/statistics.ts';
import type { Setting } from './section.ts';

const ROOT = resolve(import.meta.dirname, '../..');
const SERVICES = 1_000;
const REPLICAS = 2;
const NOW = 1_000_000_000;

/** What deciding costs with many services, and what starting the CLI costs. */
export async function plan({ work, quick, rounds = quick ? 3 : 30, say }: Setting): Promise<Report> {
  const growth = (quick ? [SERVICES] : [100, SERVICES, 5_000]).map((count) => ({
    count,
    took: planning(count, rounds),
  }));
  for (const { count, took } of growth) say(`${count} services: ${ms(median(took))}`);
  const rolling = planning(SERVICES, rounds, 'rolling');
  const table = tabling(SERVICES, rounds);
  const pass = await passes({ work, rounds: Math.min(rounds, 10) });
  const starts = await cliStarts(quick ? 3 : 21);
  const all = median(growth.find(({ count }) => count === SERVICES)?.took ?? []);
  const rows: [string, readonly number[]][] = [
    ...growth.map(({ count, took }): [string, readonly number[]] => [`plan ${count} calm services`, took]),
    [`plan ${SERVICES} services, all being replaced`, rolling],
    [`routing table of ${SERVICES} services, pure`, table],
    [`one pass of the routing table over the store, ${SERVICES} services`, pass.took],
    ['  meanwhile, longest stall of the event loop', pass.stalls],
    ['`orca version`, start to end', starts],
  ];
  return {
    title: 'Deciding',
    how: `${SERVICES} services of ${REPLICAS} tasks, one domain each, unless said. Planning is the pure function that \`orca plan\` and the controllers
share, over all services in one go. A pass of the routing table reads every record as the server does, from what the store's mirror holds, and publishes
if something changed; the stall is what \`perf_hooks\` sees in that time. ${rounds} repetitions, after a warm-up.`,
    columns: ['What', 'median', 'p95'],
    rows: rows.map(([what, took]) => [what, ms(median(took)), ms(percentile(took, 0.95))]),
    goals: [
      { what: 'plan 1,000 services', goal: '<= 100 ms', measured: ms(all), met: all <= 100 },
      goalOf('longest stall in a pass', pass.stalls, 50),
      goalOf('`orca version`', starts, 100),
    ],
    records: rows.flatMap(([what, took]) => took.map((value, i) => ({ what: what.trim(), round: i + 1, ms: value }))),
  };
}

const goalOf = (what: string, values: readonly number[], limit: number) => ({
  what,
  goal: `<= ${limit} ms`,
  measured: ms(median(values)),
  met: median(values) <= limit,
});

function planning(count: number, rounds: number, state: 'calm' | 'rolling' = 'calm'): readonly number[] {
  const services = manyServices({ count, replicas: REPLICAS, state, now: NOW });
  const world = calmWorld(services, NOW);
  const views = services.map((records) => ({ ...sightOf(records, world), ...MEANS }));
  return repeat(rounds, () => {
    for (const view of views) planService(view, NOW);
  });
}

function tabling(count: number, rounds: number): readonly number[] {
  const services = manyServices({ count, replicas: REPLICAS, state: 'calm', now: NOW });
  const world = calmWorld(services, NOW);
  const routed = services.map(({ service, target, tasks }) => ({
    service: service.value,
    target,
    tasks: tasks.map(({ value: task }) => {
      const container = world.container(task);
      return { task, spec: target.spec, container: container === 'unknown' ? undefined : container };
    }),
  }));
  return repeat(rounds, () => void buildTable(routed));
}

function repeat(rounds: number, work: () => void): readonly number[] {
  for (let i = 0; i < 3; i += 1) work();
  return Array.from({ length: rounds }, () => timed(work));
}

function timed(work: () => void): number {
  const began = performance.now();
  work();
  return performance.now() - began;
}

async function passes({ work, rounds }: { work: string; rounds: number }) {
  const services = manyServices({ count: SERVICES, replicas: REPLICAS, state: 'calm', now: NOW });
  await using large = await openLargeState(work, services, calmWorld(services, NOW));
  const [took, stalls]: number[][] = [[], []];
  await large.refresh();
  for (let i = 0; i < rounds; i += 1) {
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    const began = performance.now();
    await large.refresh();
    took?.push(performance.now() - began);
    await sleep(5); // a stall is seen by the first timer after it
    delay.disable();
    stalls?.push(delay.max / 1e6);
  }
  return { took: took ?? [], stalls: stalls ?? [] };
}

/** Timed by a small shell, as a user's: to fork from a process as large as this one costs 15 ms. */
async function cliStarts(rounds: number): Promise<readonly number[]> {
  const took: number[] = [];
  const timed = 'began=$EPOCHREALTIME; "$0" version >/dev/null 2>&1; echo "$began $EPOCHREALTIME"';
  for (let i = 0; i <= rounds; i += 1) {
    const [began = 0, ended = 0] = (await run(['bash', '-c', timed, `${ROOT}/cli/orca`])).trim().split(' ').map(Number);
    if (i > 0) took.push((ended - began) * 1000);
  }
  return took;
}
