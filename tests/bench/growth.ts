import { createRoutes } from '../../src/controllers/routes.ts';
import { type Cluster, openCluster } from '../cluster/cluster.ts';
import { type Population, populate } from './growth/population.ts';
import { ms } from './report/figures.ts';
import type { Report } from './report/report.ts';
import { median } from './report/statistics.ts';
import type { Setting } from './section.ts';

const SMALL: Population = { services: 50, replicas: 4, deployments: 100 };
const LARGE: Population = { services: 500, replicas: 4, deployments: 1_000 };
/** Deployments that are waited for at once: of so many services one. */
const WAITING = 10;
/** Of virtual time, ms: in it comes one list of the engine, and each service has its turn once. */
const TEN_SECONDS = 10_000;
const BEGINS_BY = 30_000;

/** What a master costs with few services and with many, while nothing happens and while something does. */
export async function growth({ quick, rounds = quick ? 1 : 5, say }: Setting): Promise<Report> {
  const found: Found[] = [];
  for (const population of quick ? [SMALL] : [SMALL, LARGE]) {
    found.push(await measure(population, rounds));
    say(`${population.services} services are measured`);
  }
  const [first] = found;
  return {
    title: 'Growth',
    how: `Processor time of one process with all of a cluster in it (\`tests/cluster\`): a master with its store and the admission of its API, which are
orca's own, and a scripted machine and data plane. Time is virtual: a pass takes none of it, so what piles up during one on a real clock, and
is then answered at once, is answered one by one here. Each service has ${LARGE.replicas} tasks, each task a probe every 10 s; twice as many
ended deployments are kept as there are services. In 10 s the engine is listed once, and each service has its turn once. Median of ${rounds}.`,
    columns: ['What', ...found.map(({ population }) => `${population.services} services`)],
    rows: (first?.rows ?? []).map(([what], row) => [
      what,
      ...found.map(({ rows }) => ms(median(rows[row]?.[1] ?? []))),
    ]),
    goals: [],
    records: found.flatMap(({ population, rows }) =>
      rows.flatMap(([what, took]) =>
        took.map((value, index) => ({ what, services: population.services, round: index + 1, ms: value })),
      ),
    ),
  };
}

interface Found {
  readonly population: Population;
  readonly rows: readonly (readonly [what: string, took: readonly number[]])[];
}

async function measure(population: Population, rounds: number): Promise<Found> {
  const cluster = await openCluster(
    { after: () => {} },
    {
      isWatched: false,
      prepare: (store, nodes, now) => populate(store, nodes, population, now),
      behaviours: { 'acme/web:never': 'never-ready' },
    },
  );
  const pass = () => cluster.time.pass(TEN_SECONDS);
  await cluster.time.pass(BEGINS_BY);
  const rest = await repeat(rounds, pass);
  cluster.master().life.end();
  await cluster.time.pass(BEGINS_BY);
  const without = await repeat(rounds, pass);
  await cluster.startMaster();
  await cluster.time.pass(BEGINS_BY);
  const tables = await tabling(cluster, rounds);
  const deploys = await repeat(rounds, (round) => cluster.deploy(manifestOf(0, `${2 + round}`)));
  await beginMany(cluster, population.services / WAITING);
  const waiting = await repeat(rounds, pass);
  await cluster.close();
  return {
    population,
    rows: [
      ['10 s in which nothing happens', rest],
      ['the same without a master: what the script costs', without],
      ['one pass of the routing table', tables],
      ['one deployment of 4 tasks, from the wish to its end', deploys],
      ['10 s in which a tenth of the services is being deployed and waited for', waiting],
    ],
  };
}

/** As the master makes it, but that nobody is given it. */
async function tabling(cluster: Cluster, rounds: number): Promise<readonly number[]> {
  const { state, controllers, clock } = cluster.master();
  const { world } = controllers;
  const options = {
    state,
    clock,
    world,
    own: 'local',
    nodes: () => ['local'],
    cluster: 'bench',
    term: 1,
    inUse: () => true,
  };
  const routes = createRoutes({ ...options, publish: () => {} });
  await cluster.drive('the first table', routes.refresh());
  return repeat(rounds, () => cluster.drive('a table', routes.refresh()));
}

/** Their tasks do not get ready, and nothing moves. */
async function beginMany(cluster: Cluster, count: number): Promise<void> {
  const wish = cluster.wish();
  for (let index = 1; index <= count; index += 1) {
    const admitted = await cluster.drive('an admission', wish.deploy(manifestOf(index, 'never')));
    wish.ends(admitted).catch(() => {});
  }
  await cluster.time.pass(BEGINS_BY);
}

const manifestOf = (index: number, version: string): string => `project: project-${index}
services:
  web-${index}:
    image: acme/web:${version}
    replicas: 4
    port: 8080
    domain: web-${index}.example.com
    deploy: {monitor: 500ms, parallelism: 4, deadline: 1h}
`;

/** Processor time of this process, all threads, ms; the first time is not told. */
async function repeat(rounds: number, work: (round: number) => Promise<unknown>): Promise<readonly number[]> {
  const took: number[] = [];
  for (let round = 0; round <= rounds; round += 1) {
    const before = process.cpuUsage();
    await work(round);
    const { user, system } = process.cpuUsage(before);
    if (round > 0) took.push((user + system) / 1_000);
  }
  return took;
}
