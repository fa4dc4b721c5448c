import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, type IncomingMessage, request } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Duplex } from 'node:stream';
import { parseArgs } from 'node:util';
import { createAuthority, nodeId } from '../lab/certificates.ts';
import { until } from '../lab/until.ts';
import { openPort } from '../lab/wire.ts';
import { median } from './report/statistics.ts';

/**
 * `node tests/bench/tunnel.ts [--rounds 5] [--megabytes 200]`: what a node's wire costs against the bare socket. Docker's part is played
 * by a small HTTP server; it, the node's end and the delay are processes of their own. Every contender has its turn in each round.
 */
const { values } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, megabytes: { type: 'string', default: '200' } },
});
const ROUNDS = Number(values.rounds);
const BYTES = Number(values.megabytes) * 1e6;
/** Of calls, at once; how many in all. */
const [AT_ONCE, CALLS] = [32, 2000];
/** One way, ms. */
const FAR = 25;

const dir = mkdtempSync(join(tmpdir(), 'orca-bench-'));
const children: ChildProcess[] = [];
async function start(
  role: string,
  given: object,
): Promise<{ child: ChildProcess; lines: AsyncIterator<string>; first: string }> {
  const script = new URL('./tunnel/far-end.ts', import.meta.url).pathname;
  const child = spawn(process.execPath, [script, role, JSON.stringify(given)], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  if (child.stdout === null) throw new Error('no output');
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { child, lines, first: String((await lines.next()).value) };
}

type Dial = () => Duplex;
const agentOf = (dial: Dial, keepAlive: boolean): Agent =>
  Object.assign(new Agent({ keepAlive, maxSockets: AT_ONCE }), { createConnection: dial });

async function call(
  agent: Agent,
  method: string,
  path: string,
  body?: (asked: ReturnType<typeof request>) => void,
): Promise<number> {
  const asked = request({ agent, method, path, host: 'docker' });
  if (body === undefined) asked.end();
  else body(asked);
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  let bytes = 0;
  for await (const chunk of answer) bytes += chunk.length;
  return bytes;
}

/** A second. */
const per = async (count: number, work: () => Promise<unknown>): Promise<number> => {
  const began = performance.now();
  await work();
  return count / ((performance.now() - began) / 1000);
};

const calls = (dial: Dial, count = CALLS): Promise<number> => {
  const agent = agentOf(dial, true);
  let left = count;
  const one = async (): Promise<void> => {
    while (left-- > 0) await call(agent, 'GET', '/containers/x/json');
  };
  return per(count, () => Promise.all(Array.from({ length: AT_ONCE }, one))).finally(() => agent.destroy());
};

const down = (dial: Dial, bytes = BYTES): Promise<number> =>
  per(bytes / 1e6, () => call(agentOf(dial, false), 'GET', `/down?bytes=${bytes}`));

const CHUNK = Buffer.alloc(256 * 1024, 'orca');
const up = (dial: Dial, bytes = BYTES): Promise<number> =>
  per(bytes / 1e6, () =>
    call(agentOf(dial, false), 'POST', '/images/load', (asked) => {
      let left = bytes;
      const send = (): void => {
        while (left > 0) {
          left -= CHUNK.length;
          if (!asked.write(CHUNK)) return void asked.once('drain', send);
        }
        asked.end();
      };
      send();
    }),
  );

const path = join(dir, 'engine.sock');
const authority = createAuthority();
const port = await openPort(authority.master());
const ids = { near: nodeId(), far: nodeId() };
await start('engine', { path });
const { first: farPort } = await start('delay', { port: port.number, ms: FAR });
const near = await start('node', { id: ids.near, identity: authority.node(ids.near), port: port.number, path });
await start('node', { id: ids.far, identity: authority.node(ids.far), port: Number(farPort), path });
const wires = { near: port.port.wire(ids.near), far: port.port.wire(ids.far) };
await until('the nodes to connect', () => wires.near.isUp() && wires.far.isUp());

const direct: Dial = () => connect({ path });
const bulk =
  (wire = wires.near): Dial =>
  () =>
    wire.connect('docker', 'patient');
const control =
  (wire = wires.near): Dial =>
  () =>
    wire.connect('docker', 'quick');

/** Each with its direct counterpart, if there is one; per second. */
const MEASURED: readonly (readonly [
  what: string,
  unit: string,
  wire: () => Promise<number>,
  direct?: () => Promise<number>,
])[] = [
  ['calls', 'calls/s', () => calls(control()), () => calls(direct)],
  ['from the node', 'MB/s', () => down(bulk()), () => down(direct)],
  ['to the node', 'MB/s', () => up(bulk()), () => up(direct)],
  ['calls, 50 ms away', 'calls/s', () => calls(control(wires.far), CALLS / 4)],
  ['from the node, 50 ms away', 'MB/s', () => down(bulk(wires.far))],
  ['to the node, 50 ms away', 'MB/s', () => up(bulk(wires.far))],
];
const results = MEASURED.map(() => ({ wire: [] as number[], direct: [] as number[], ratio: [] as number[] }));
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [at, [, , wire, bare]] of MEASURED.entries()) {
    const result = results[at];
    const [over, beside] = [await wire(), await bare?.()];
    result?.wire.push(over);
    if (beside === undefined) continue;
    result?.direct.push(beside);
    result?.ratio.push(over / beside);
  }
}
console.log('|  | over the wire | bare socket | ratio |\n|---|---|---|---|');
for (const [at, [what, unit]] of MEASURED.entries()) {
  const { wire, direct: bare, ratio } = results[at] ?? { wire: [], direct: [], ratio: [] };
  const cell = (of: readonly number[]): string => (of.length === 0 ? '-' : `${median(of).toFixed(0)} ${unit}`);
  console.log(
    `| ${what} | ${cell(wire)} | ${cell(bare)} | ${ratio.length === 0 ? '-' : `${median(ratio).toFixed(2)} x`} |`,
  );
}

const memory = async (): Promise<readonly number[]> => {
  near.child.stdin?.write('\n');
  return [process.resourceUsage().maxRSS, Number((await near.lines.next()).value)].map((kib) => Math.round(kib / 1024));
};
/** Of this process, s a GB. */
async function cpuOf(work: () => Promise<unknown>): Promise<string> {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return ((user + system) / 1e6 / (BYTES / 1e9)).toFixed(1);
}
const cpu = { from: await cpuOf(() => down(bulk())), to: await cpuOf(() => up(bulk())) };
const bare = { from: await cpuOf(() => down(direct)), to: await cpuOf(() => up(direct)) };
console.log(
  `CPU of the master a GB: from the node ${cpu.from} s (bare ${bare.from}), to the node ${cpu.to} s (bare ${bare.to})`,
);

const before = await memory();
await up(bulk(), 2e9);
await down(bulk(), 2e9);
const after = await memory();
console.log(
  `2 GB each way: peak memory of the master ${before[0]} -> ${after[0]} MB, of the node ${before[1]} -> ${after[1]} MB`,
);
for (const child of children) child.kill();
rmSync(dir, { recursive: true });
process.exit();
