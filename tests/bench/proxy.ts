import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { against } from './against.ts';
import { interleave } from './interleave.ts';
import { freePort, type Measured, measure } from './proxy/measure.ts';
import { startOrca } from './proxy/orca.ts';
import type { Peer } from './proxy/peer.ts';
import { startCaddy, startHaproxy, startHttpProxy, startNginx, startOrigin } from './proxy/peers.ts';
import { load } from './proxy/wrk.ts';
import { mebibytes, micros, ms, thousands, times } from './report/figures.ts';
import type { Goal, Report } from './report/report.ts';
import { median, pairwise } from './report/statistics.ts';
import type { Setting } from './section.ts';

const ORIGIN_ONLY = 'origin alone';

/** The ingress beside other proxies: one core for each, small answers, kept connections. */
export async function proxy(setting: Setting): Promise<Report> {
  if (setting.against !== undefined) return against(setting, setting.against);
  const { work, quick, rounds = quick ? 1 : 7, say } = setting;
  const dir = join(work, 'proxy');
  mkdirSync(dir, { mode: 0o711 });
  const seconds = quick ? 1 : 4;
  const peers: Peer[] = [];
  try {
    const origin = await startOrigin({ dir, port: await freePort() });
    peers.push({ ...origin, name: ORIGIN_ONLY });
    const starts = [...['off', 'on'].map((log) => (place: Place) => startOrca(place, log as 'on' | 'off')), ...OTHERS];
    for (const start of starts) peers.push(await start({ dir, port: await freePort(), origin: origin.port }));
    for (const peer of peers) await load(peer.port, 1);
    const results = await interleave(
      peers.map((peer) => ({ name: peer.name, measure: () => measure(peer, seconds) })),
      rounds,
      (name, round, result) => say(`${round} ${name}: ${thousands(result.perSecond)}/s, ${micros(result.cpu)}`),
    );
    return reportOf(results, { rounds, seconds });
  } finally {
    for (const peer of peers) await peer.stop();
  }
}

type Place = Parameters<typeof startNginx>[0];
const OTHERS = [startCaddy, startNginx, startHaproxy, startHttpProxy];

function reportOf(
  results: ReadonlyMap<string, readonly Measured[]>,
  { rounds, seconds }: { rounds: number; seconds: number },
): Report {
  const values = (name: string, field: keyof Measured) => (results.get(name) ?? []).map((one) => one[field]);
  const middle = (name: string, field: keyof Measured) => median(values(name, field));
  const versus = (peer: string) => pairwise(values(peer, 'cpu'), values('orca', 'cpu'));
  const failed = [...results].flatMap(([name, all]) => all.map((one) => ({ name, failed: one.failed })));
  const sum = failed.filter(({ name }) => name.startsWith('orca')).reduce((total, one) => total + one.failed, 0);
  const names = [...results.keys()];
  return {
    title: 'The ingress beside other proxies',
    how: HOW.replace('ROUNDS', String(rounds)).replace('SECONDS', String(seconds)),
    columns: ['', 'requests/s', 'CPU a request', 'p99', 'RSS', 'PSS', 'orca is, by CPU', 'failed'],
    rows: names.map((name) => [
      name,
      thousands(middle(name, 'perSecond')),
      micros(middle(name, 'cpu')),
      ms(middle(name, 'p99')),
      mebibytes(middle(name, 'rss')),
      mebibytes(middle(name, 'pss')),
      name === 'orca' || name === ORIGIN_ONLY ? '-' : times(versus(name)),
      String(values(name, 'failed').reduce((total, one) => total + one, 0)),
    ]),
    goals: [
      atLeast('Caddy', versus('Caddy'), 1.5),
      atLeast('Caddy', versus('Caddy'), 3),
      atLeast('HAProxy', versus('HAProxy'), 0.4),
      { what: 'failed requests', goal: '0', measured: String(sum), met: sum === 0 },
    ],
    records: names.flatMap((name) =>
      (results.get(name) ?? []).map((one, round) => ({ name, round: round + 1, ...one })),
    ),
  };
}

const atLeast = (peer: string, measured: number, wanted: number): Goal => ({
  what: `CPU a request, ${peer} by orca`,
  goal: `>= ${wanted} x`,
  measured: times(measured),
  met: measured >= wanted,
});

const HOW = `Medians of ROUNDS rounds of SECONDS s, in each of which every proxy has its turn; ratios are the medians of the rounds' own (3 x: orca
does three times as many requests with the same CPU). Each proxy has one core, the origin (nginx, 128 bytes from memory) and wrk (64 kept
connections) the other. CPU is user and system time of all processes of the proxy, orca's supervisor included. One process or worker each,
connections to the origin kept, no access log unless said, X-Forwarded-* set, the host matched. Orca as built, unprivileged, its table sent
over the control socket.`;
