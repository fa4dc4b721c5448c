import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { childrenOf } from '../lab/command.ts';
import { until } from '../lab/until.ts';
import { cpuSeconds, memoryOf } from './process-usage.ts';
import { mebibytes, percent } from './report/figures.ts';
import type { Report } from './report/report.ts';
import type { Setting } from './section.ts';
import { withCluster } from './tasks/lab.ts';

const SERVICES = 10;
const REPLICAS = 2;

/** What orca costs while nothing happens. */
export function idle({ quick, say }: Setting): Promise<Report> {
  const [settle, watch] = quick ? [1, 5] : [20, 60];
  return withCluster({ swarm: false }, async (orca) => {
    const manifest = orca.manifest('idle', JSON.stringify({ project: 'idle', services: services() }));
    const { code, stderr } = await orca.orca('deploy', '--yes', '-f', manifest);
    if (code !== 0) throw new Error(stderr);
    await until(
      'all tasks',
      async () => (await orca.engine.docker(['ps', '-q'])).trim().split('\n').length === SERVICES * REPLICAS,
    );
    say(`${SERVICES * REPLICAS} tasks run`);
    await sleep(settle * 1000);
    const processes = processesOf(orca.dir);
    const before = processes.map(({ pid }) => cpuSeconds([pid]));
    const began = performance.now();
    await sleep(watch * 1000);
    const elapsed = (performance.now() - began) / 1000;
    const seen = processes.map(({ name, pid }, i) => ({
      name,
      cpu: (cpuSeconds([pid]) - (before[i] ?? 0)) / elapsed,
      ...memoryOf([pid]),
    }));
    return reportOf(seen, watch);
  });
}

const services = () =>
  Object.fromEntries(
    Array.from({ length: SERVICES }, (_, i) => [
      `web-${i + 1}`,
      {
        image: 'orca-test/web:1',
        replicas: REPLICAS,
        port: 8080,
        domain: `web-${i + 1}.example.com`,
        health: '/healthz',
        deploy: { parallelism: REPLICAS, monitor: '0s' },
      },
    ]),
  );

/** The server, the data plane's supervisor, what starts its workers, and these, in this order. */
function processesOf(dir: string): readonly { name: string; pid: number }[] {
  const of = (role: string) =>
    readdirSync('/proc')
      .filter((entry) => /^\d+$/.test(entry))
      .map(Number)
      .filter((pid) => {
        const words = commandOf(pid);
        return words.includes(dir) && words.includes(role) && /node$/.test(words[0] ?? '');
      });
  const [server] = of('server');
  const [supervisor] = of('ingress').filter((pid) => childrenOf(pid).length > 0);
  if (server === undefined || supervisor === undefined) throw new Error('the processes of orca were not found');
  const nurseries = of('ingress-nursery').map((pid) => ({ name: 'data plane, nursery', pid }));
  const workers = of('ingress-worker').map((pid, i) => ({ name: `data plane, worker ${i + 1}`, pid }));
  return [
    { name: 'server', pid: server },
    { name: 'data plane, supervisor', pid: supervisor },
    ...nurseries,
    ...workers,
  ];
}

function commandOf(pid: number): readonly string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return [];
  }
}

interface Seen {
  readonly name: string;
  /** Of one core. */
  readonly cpu: number;
  readonly rss: number;
  readonly pss: number;
}

function reportOf(seen: readonly Seen[], watch: number): Report {
  const [server] = seen;
  const workers = seen.filter(({ name }) => name.includes('worker'));
  const heaviest = Math.max(...workers.map(({ rss }) => rss));
  const MIB = 1024 * 1024;
  return {
    title: 'Idle',
    how: `${SERVICES} services, ${SERVICES * REPLICAS} tasks, each probed every 10 s, no traffic, ${watch} s. CPU is a share of one core.`,
    columns: ['Process', 'CPU', 'RSS', 'PSS'],
    rows: seen.map(({ name, cpu, rss, pss }) => [name, percent(cpu), mebibytes(rss), mebibytes(pss)]),
    goals: [
      { what: 'server, CPU', goal: '<= 1 %', measured: percent(server?.cpu ?? 1), met: (server?.cpu ?? 1) <= 0.01 },
      {
        what: 'server, RSS',
        goal: '<= 130 MB',
        measured: mebibytes(server?.rss ?? 0),
        met: (server?.rss ?? 0) <= 130 * MIB,
      },
      { what: 'worker, RSS', goal: '<= 90 MB', measured: mebibytes(heaviest), met: heaviest <= 90 * MIB },
    ],
    records: seen,
  };
}
