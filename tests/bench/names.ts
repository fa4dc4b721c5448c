import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { interleave } from './interleave.ts';
import { type Lookups, lookUp } from './names/load.ts';
import { NAME, type Resolver, startDnsmasq, startOrcaResolver } from './names/resolvers.ts';
import { cpuSeconds } from './process-usage.ts';
import { freePort } from './proxy/measure.ts';
import type { Report } from './report/report.ts';
import { median } from './report/statistics.ts';
import type { Setting } from './section.ts';

const RATE = 1_000;
const SECONDS = 15;

interface Measured extends Lookups {
  /** Of one core. */
  readonly cpu: number;
}

/** What the names of services cost the data plane, beside dnsmasq. */
export async function names({ work, quick, rounds = quick ? 1 : 5, say }: Setting): Promise<Report> {
  const seconds = quick ? 2 : SECONDS;
  const dir = join(work, 'names');
  mkdirSync(dir, { mode: 0o711 });
  const app = createServer((_, response) => response.end('ok'));
  await new Promise<void>((resolve) => app.listen(0, '127.0.0.1', resolve));
  const resolvers: Resolver[] = [];
  const found: (Measured & { readonly resolver: string })[] = [];
  try {
    resolvers.push(await startOrcaResolver(dir, await freePort(), (app.address() as AddressInfo).port));
    resolvers.push(await startDnsmasq());
    await interleave(
      resolvers.map((one) => ({ name: one.name, measure: () => measure(one, seconds) })),
      rounds,
      (resolver, round, result) => {
        say(`${round} ${resolver}: ${shown(result)}`);
        found.push({ resolver, ...result });
      },
    );
  } finally {
    for (const one of resolvers) await one.stop();
    app.closeAllConnections();
    app.close();
  }
  return reportOf(found, rounds, seconds);
}

async function measure({ address, pids }: Resolver, seconds: number): Promise<Measured> {
  const all = pids();
  const before = cpuSeconds(all);
  const lookups = await lookUp(address, NAME, RATE, seconds);
  return { ...lookups, cpu: (cpuSeconds(all) - before) / seconds };
}

const shown = ({ asked, answered, cpu, p99 }: Measured): string =>
  `${answered} of ${asked}, ${cpu.toFixed(3)} of a core, p99 ${p99.toFixed(1)} ms`;

function reportOf(
  found: readonly (Measured & { readonly resolver: string })[],
  rounds: number,
  seconds: number,
): Report {
  const of = (name: string) => found.filter(({ resolver }) => resolver === name);
  const cpu = (name: string) => median(of(name).map((one) => one.cpu));
  const lost = of('orca').reduce((sum, { asked, answered }) => sum + asked - answered, 0);
  return {
    title: 'Names: lookups of containers',
    how: `Medians of ${rounds} rounds of ${seconds} s, in turn, in each of which ${RATE} questions a second for one service are sent over UDP. CPU is that of all processes of
the data plane (as built, one worker, the resolver a process of its own), as a share of one core. dnsmasq stands for what answers fixed names
in C: it knows no projects, and nothing of who is ready.`,
    columns: ['', 'CPU', 'p99', 'not answered'],
    rows: ['orca', 'dnsmasq'].map((name) => [
      name,
      cpu(name).toFixed(3),
      `${median(of(name).map(({ p99 }) => p99)).toFixed(1)} ms`,
      String(of(name).reduce((sum, { asked, answered }) => sum + asked - answered, 0)),
    ]),
    goals: [
      {
        what: `CPU of ${RATE} lookups/s`,
        goal: '< 0.1 of a core',
        measured: cpu('orca').toFixed(3),
        met: cpu('orca') < 0.1,
      },
      { what: 'not answered', goal: '0', measured: String(lost), met: lost === 0 },
    ],
    records: found,
  };
}
