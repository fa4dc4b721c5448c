import assert from 'node:assert/strict';
import type { Socket } from 'node:net';
import { type TestContext, test } from 'node:test';
import { readRequest, type SeenRequest } from './hostile/oracle.ts';
import { Random } from './hostile/random.ts';
import { type Case, hostileRequests, mutatedRequest, soundRequest } from './hostile/requests.ts';
import { bodyOf, eventually, exchange, getOnce, OK, open, type Rig, rawOrigin, startRig } from './rig.ts';

const SEED = Math.floor(Math.random() * 2 ** 32);
const LANES = 64;

interface Judge {
  readonly rig: Rig;
  readonly seen: SeenRequest[];
  /** Heads that reached the origin, with whole bodies or not. */
  heads: number;
  readonly violations: string[];
}

/** An origin that answers each sound request, and notes whatever is not one. */
async function judged(t: TestContext): Promise<Judge> {
  const judge = { seen: [] as SeenRequest[], heads: 0, violations: [] as string[] };
  const origin = await rawOrigin(t, (socket) => judgeConnection(socket, judge));
  // What is incomplete on purpose must end by itself, so that each case ends when its connection does.
  const rig = await startRig(t, [origin], { timeouts: { head: 200, keepAlive: 200, uploadIdle: 200, linger: 500 } });
  return Object.assign(judge, { rig });
}

function judgeConnection(socket: Socket, judge: Omit<Judge, 'rig'>): void {
  let received = '';
  let headCounted = false;
  socket.on('data', (bytes) => {
    received += bytes.toString('latin1');
    for (;;) {
      const reading = readRequest(received);
      if (reading.kind === 'violation') judge.violations.push(reading.why);
      const headSeen = reading.kind === 'request' || (reading.kind === 'partial' && reading.headSeen);
      if (headSeen && !headCounted) judge.heads += 1;
      headCounted = headSeen && reading.kind !== 'request';
      if (reading.kind !== 'request' || received === '') return;
      judge.seen.push(reading.request);
      received = received.slice(reading.end);
      socket.write(OK);
    }
  });
}

interface Outcome {
  readonly of: Case;
  readonly answer: string;
  readonly statuses: readonly number[];
}

async function runAll(t: TestContext, port: number, cases: readonly Case[]): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let of = cases[next++]; of !== undefined; of = cases[next++]) {
      const answer = await open(t, port).send(of.bytes).end();
      const statuses = [...answer.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map((match) => Number(match[1]));
      outcomes.push({ of, answer, statuses });
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
  return outcomes;
}

const told = ({ of, answer }: Outcome): string =>
  `seed ${SEED}, ${of.name}: ${JSON.stringify(of.bytes.slice(0, 600))} gave ${JSON.stringify(answer.slice(0, 300))}`;

const mayAnswer = (status: number): boolean => status < 500 || status === 501 || status === 505;

async function verify(judge: Judge, outcomes: readonly Outcome[]): Promise<void> {
  for (const outcome of outcomes) assert.ok(outcome.statuses.every(mayAnswer), told(outcome));
  assert.deepEqual(judge.violations, [], `seed ${SEED}`);
  await eventually(
    () => judge.heads === forwarded(judge),
    () => `${judge.heads} heads seen, ${forwarded(judge)} forwarded`,
  );
  assert.equal(judge.rig.proxy.stats()[0]?.inflight, 0);
}

const forwarded = ({ rig }: Judge): number => rig.proxy.stats()[0]?.requests ?? 0;

test('no hostile request is forwarded in any form, and the next good one is answered', async (t) => {
  const judge = await judged(t);
  const cases = hostileRequests();
  const outcomes = await runAll(
    t,
    judge.rig.port,
    cases.filter((one) => one.refused),
  );
  for (const outcome of outcomes)
    assert.ok((outcome.statuses[0] ?? 0) >= 400 && outcome.statuses.length === 1, told(outcome));
  assert.deepEqual(judge.seen, []);
  await verify(judge, outcomes);
  assert.equal(bodyOf(await exchange(t, judge.rig.port, getOnce())), 'ok');
});

test('a chunked body that is not sound never reaches the target as a whole one', async (t) => {
  const judge = await judged(t);
  const outcomes = await runAll(
    t,
    judge.rig.port,
    hostileRequests().filter((one) => !one.refused),
  );
  assert.deepEqual(judge.seen, [], JSON.stringify(judge.seen));
  await verify(judge, outcomes);
  assert.equal(bodyOf(await exchange(t, judge.rig.port, getOnce())), 'ok');
});

test('of 4,000 requests, half of them sound, what reaches the target is exactly what was forwarded', async (t) => {
  t.diagnostic(`seed ${SEED}`);
  const judge = await judged(t);
  const random = new Random(SEED);
  const cases = Array.from({ length: 4000 }, (_, at) => (at % 2 === 0 ? soundRequest(random) : mutatedRequest(random)));
  const outcomes = await runAll(t, judge.rig.port, cases);
  for (const outcome of outcomes) {
    if (outcome.of.valid === undefined) continue;
    assert.deepEqual(outcome.statuses, Array(outcome.of.valid).fill(200), told(outcome));
  }
  await verify(judge, outcomes);
  assert.equal(bodyOf(await exchange(t, judge.rig.port, getOnce())), 'ok');
  await eventually(() => judge.rig.proxy.connections === 0);
});
