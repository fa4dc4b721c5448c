import { engineTime, planeTime } from '../../src/core/clock.ts';
import type { Split, Table, Target } from '../../src/core/route/table.ts';
import { parseRequestHead, RequestHead } from '../../src/dataplane/proxy/http1/request-head.ts';
import { LiveTable } from '../../src/dataplane/proxy/live-table.ts';
import { median } from './report/statistics.ts';

/**
 * `node tests/bench/choice.ts`: CPU time that it takes to give a request its share and its target, and to count it, in this
 * process alone. Far below what a run of the proxy can show.
 */
const HEAD = `GET / HTTP/1.1\r\nHost: shop.test\r\nUser-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0\r
Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\nAccept-Language: en-US,en;q=0.5\r
Accept-Encoding: gzip, deflate, br\r\nCookie: _ga=GA1.2.123.456; theme=dark; sid=s%3Aabcdef0123456789.abcdef\r\n`;
const TIMES = 300_000;
const ROUNDS = 15;

const target = (task: string, revision: number): Target => ({
  task,
  service: 'shop/web',
  revision,
  address: '127.0.0.1',
  port: 8080,
  container: task,
  startedAt: engineTime(1),
  probe: { port: 8080, interval: 1000, timeout: 1000, failures: 3 },
});
const TARGETS = [target('old', 1), target('new', 2)];

function tableOf(split: Split | undefined): Table {
  const shares = split
    ? TARGETS.map(({ task }, at) => ({ weight: at === 0 ? 75 : 25, targets: [task] }))
    : [{ weight: 1, targets: TARGETS.map(({ task }) => task) }];
  return {
    id: { cluster: 'bench', term: 1, revision: 1 },
    pools: [{ name: 'shop/web', service: 'shop/web', shares, split }],
    routes: [{ host: 'shop.test', path: '/', stripPrefix: false, pool: 'shop/web' }],
    targets: TARGETS,
  };
}

function live(split: Split | undefined): LiveTable {
  const table = new LiveTable();
  table.use(tableOf(split));
  const ready = { ready: true, wasReady: true, since: planeTime(1), passes: 2, misses: 0 };
  table.setHealth(TARGETS.map(({ task, container, startedAt }) => ({ task, container, startedAt, ...ready })));
  return table;
}

/** ns of CPU, the median of the rounds. */
function costOf(act: () => void): string {
  const rounds = Array.from({ length: ROUNDS }, () => {
    const before = process.cpuUsage();
    for (let count = 0; count < TIMES; count += 1) act();
    const { user, system } = process.cpuUsage(before);
    return ((user + system) / TIMES) * 1000;
  });
  return `${Math.round(median(rounds))} ns`;
}

function choose(split: Split | undefined): string {
  const head = parseRequestHead(HEAD, { headerCount: 200, targetBytes: 16_384 });
  const pool = live(split).match('shop.test', '/')?.pool;
  if (!(head instanceof RequestHead) || pool === undefined) throw new Error('the head or the table is not taken');
  const asker = { head, client: { address: '192.0.2.117', lines: '' } };
  return costOf(() => void pool.pick(pool.pointFor(asker)));
}

const SPLITS: readonly (Split | undefined)[] = [
  undefined,
  { by: 'request', salt: '1' },
  { by: 'client', salt: '1' },
  { by: 'header', name: 'accept-language', salt: '1' },
  { by: 'cookie', name: 'sid', salt: '1' },
];
for (const split of SPLITS) console.log(`${(split?.by ?? 'one share').padEnd(12)}${choose(split)}`);
const [state] = live(undefined).states();
let ms = 0;
const count = (): void => {
  ms = (ms + 0.7) % 500;
  state?.tally.answered(200, ms);
};
console.log(`${'to count'.padEnd(12)}${costOf(count)}`);
