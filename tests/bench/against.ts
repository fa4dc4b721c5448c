import { mkdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { interleave } from './interleave.ts';
import { freePort, type Measured, measure } from './proxy/measure.ts';
import { type SplitBy, startOrca } from './proxy/orca.ts';
import type { Peer } from './proxy/peer.ts';
import { startOrigin } from './proxy/peers.ts';
import { load } from './proxy/wrk.ts';
import { micros, ms, thousands, times } from './report/figures.ts';
import type { Report } from './report/report.ts';
import { median, pairwise } from './report/statistics.ts';
import type { Setting } from './section.ts';

const HERE = 'orca';
const THERE = 'orca, the other checkout';
const MOST = 1.03;

/**
 * The ingress of this checkout beside that of another one, which is installed and built: what a change costs. Each has its own
 * master, as the two may speak of tables in different words.
 */
export async function against(
  { work, quick, rounds = quick ? 2 : 30, split, say }: Setting,
  checkout: string,
): Promise<Report> {
  const dir = join(work, 'against');
  mkdirSync(dir, { mode: 0o711 });
  const seconds = quick ? 1 : 2;
  const peers: Peer[] = [];
  try {
    const origin = await startOrigin({ dir, port: await freePort() });
    peers.push(origin);
    const there: { startOrca: typeof startOrca } = await import(resolve(checkout, 'tests/bench/proxy/orca.ts'));
    const contenders = await Promise.all([start('here', startOrca, split), start('there', there.startOrca)]);
    await Promise.all(contenders.map((peer) => load(peer.port, 1)));
    const results = await interleave(
      contenders.map((peer, at) => ({ name: at === 0 ? HERE : THERE, measure: () => measure(peer, seconds) })),
      rounds,
      (name, round, result) => say(`${round} ${name}: ${thousands(result.perSecond)}/s, ${micros(result.cpu)}`),
    );
    return reportOf(results.get(HERE) ?? [], results.get(THERE) ?? [], { rounds, seconds, split });

    async function start(name: string, by: typeof startOrca, splitBy?: SplitBy): Promise<Peer> {
      const place = join(dir, name);
      mkdirSync(place, { mode: 0o711 });
      const peer = await by({ dir: place, port: await freePort(), origin: origin.port }, 'off', splitBy);
      peers.push(peer);
      return peer;
    }
  } finally {
    for (const peer of peers) await peer.stop();
  }
}

function reportOf(
  here: readonly Measured[],
  there: readonly Measured[],
  { rounds, seconds, split }: { rounds: number; seconds: number; split: SplitBy | undefined },
): Report {
  const values = (of: readonly Measured[], field: keyof Measured) => of.map((one) => one[field]);
  const ratio = pairwise(values(here, 'cpu'), values(there, 'cpu'));
  const row = (name: string, of: readonly Measured[]): string[] => [
    name,
    thousands(median(values(of, 'perSecond'))),
    micros(median(values(of, 'cpu'))),
    ms(median(values(of, 'p99'))),
    String(values(of, 'failed').reduce((sum, one) => sum + one, 0)),
  ];
  return {
    title: 'The ingress beside that of another checkout',
    how: `Medians of ${rounds} rounds of ${seconds} s, in turn, as in the section of the proxies; the ratio is the median of the rounds' own.${split === undefined ? '' : ` The pool of this one is split by ${split}.`}`,
    columns: ['', 'requests/s', 'CPU a request', 'p99', 'failed'],
    rows: [row(HERE, here), row(THERE, there)],
    goals: [
      {
        what: 'CPU a request, by the other checkout',
        goal: `<= ${times(MOST)}`,
        measured: `${ratio.toFixed(3)} x`,
        met: ratio <= MOST,
      },
    ],
    records: [here, there].flatMap((of, at) =>
      of.map((one, round) => ({ name: at === 0 ? HERE : THERE, round: round + 1, ...one })),
    ),
  };
}
