import { Agent, request } from 'node:http';
import { WebSocket } from 'ws';

/**
 * Load on one host name through an ingress, in a process of its own: an open loop of requests (GET and POST, on kept and
 * on new connections) and WebSockets that echo. Ends on SIGTERM, finishes what is open, prints what it saw as JSON.
 *
 *   generator.ts ADDRESS HOST REQUESTS_PER_SECOND WEBSOCKETS
 */
const [address = '', host = '', rate = '500', sockets = '20'] = process.argv.slice(2);
const TICK = 10;
const PATIENCE = 30_000;
/** As many requests wait for an answer; a machine that cannot serve the rate is asked for less, not drowned. */
const MOST_OPEN = 2 * Number(rate);

export interface Outcome {
  readonly requests: number;
  readonly failed: number;
  /** Of the failures, the first few, in words. */
  readonly failures: readonly string[];
  /** Answers by the version that gave them. */
  readonly versions: Readonly<Record<string, number>>;
  readonly frames: number;
  /** WebSockets closed in good order and opened again. */
  readonly closed: number;
  readonly p50: number;
  readonly p99: number;
}

const failures: string[] = [];
const versions: Record<string, number> = {};
const latencies: number[] = [];
let [requests, failed, frames, closed, open] = [0, 0, 0, 0, 0];
let running = true;

const fail = (what: string) => {
  failed += 1;
  if (failures.length < 20) failures.push(`${new Date().toISOString()} ${what}`);
};

const kept = new Agent({ keepAlive: true, maxSockets: 2_000, scheduling: 'lifo' });

/** "Failed" is a request without a whole answer, or a 5xx that the app did not send. Decision 7. */
function send(number: number): void {
  const post = number % 2 === 0;
  const agent = number % 4 < 2 ? kept : false;
  const body = post ? 'x'.repeat(100 + (number % 900)) : undefined;
  const began = performance.now();
  const what = `${post ? 'POST' : 'GET'} ${agent ? 'kept' : 'new'}`;
  requests += 1;
  open += 1;
  let over = false;
  const end = (problem?: string) => {
    if (over) return;
    over = true;
    open -= 1;
    latencies.push(performance.now() - began);
    if (problem !== undefined) fail(`${what}: ${problem}`);
  };
  const headers = { host, ...(body === undefined ? {} : { 'content-length': body.length }) };
  const call = request(
    { host: address, port: 80, path: `/r${number}`, method: post ? 'POST' : 'GET', headers, agent, timeout: PATIENCE },
    (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('error', (error) => end(`answer cut: ${error.message}`));
      response.on('close', () => end(response.complete ? undefined : 'answer cut'));
      response.on('end', () => {
        const version = String(response.headers['x-version'] ?? 'none');
        versions[version] = (versions[version] ?? 0) + 1;
        const wanted = `${post ? 'POST' : 'GET'} /r${number} ${body?.length ?? 0}\n`;
        if (response.statusCode !== 200) end(`status ${response.statusCode}: ${text.slice(0, 120)}`);
        else end(text.endsWith(wanted) ? undefined : `wrong answer: ${text.slice(0, 80)}`);
      });
    },
  );
  call.on('timeout', () => call.destroy(new Error(`no answer in ${PATIENCE} ms`)));
  call.on('error', (error) => end(error.message));
  call.end(body);
}

/** Sends numbered frames and wants each back in order; a good close is followed by a new socket, a bad one is a failure. */
function chat(): void {
  const socket = new WebSocket(`ws://${address}/ws`, { headers: { host }, perMessageDeflate: false });
  let [sent, seen] = [0, 0];
  const timer = setInterval(() => {
    if (socket.readyState !== WebSocket.OPEN) return;
    sent += 1;
    socket.send(`frame ${sent}`);
  }, 100);
  socket.on('message', (data) => {
    const { seq, text } = JSON.parse(data.toString()) as { seq: number; text: string };
    seen += 1;
    frames += 1;
    if (seq !== seen || text !== `frame ${seen}`) fail(`WebSocket: frame ${seen} expected, got ${seq} (${text})`);
  });
  socket.on('error', (error) => fail(`WebSocket: ${error.message}`));
  socket.on('close', (code, reason) => {
    clearInterval(timer);
    if (code === 1006) fail('WebSocket: ended without a close frame');
    const due = code === 1000 ? sent : echoedIn(reason.toString());
    if (seen !== due) fail(`WebSocket: closed with ${code} (${reason}), ${sent} frames sent, ${seen} have come back`);
    if (!running) return;
    closed += 1;
    chat();
  });
  const leave = () => socket.readyState === WebSocket.OPEN && socket.close(1000);
  socket.on('open', () => running || leave());
  stopping.push(leave);
}

/** The app says it when it closes: what is sent meanwhile does not come back, and all else must. */
const echoedIn = (reason: string): number => Number(/^echoed (\d+)$/.exec(reason)?.[1]);

const stopping: (() => void)[] = [];
for (let i = 0; i < Number(sockets); i += 1) chat();

const began = performance.now();
let due = 0;
const ticker = setInterval(() => {
  for (const now = Math.floor(((performance.now() - began) * Number(rate)) / 1000); due < now; due += 1)
    if (open < MOST_OPEN) send(requests);
}, TICK);

process.on('SIGTERM', () => {
  running = false;
  clearInterval(ticker);
  for (const stop of stopping) stop();
  const until = performance.now() + PATIENCE;
  const drain = setInterval(() => {
    if (open > 0 && performance.now() < until) return;
    clearInterval(drain);
    latencies.sort((a, b) => a - b);
    const at = (share: number) => Math.round(latencies[Math.floor(latencies.length * share)] ?? 0);
    const outcome: Outcome = {
      requests,
      failed: failed + open,
      failures,
      versions,
      frames,
      closed,
      p50: at(0.5),
      p99: at(0.99),
    };
    process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
  }, 20);
});
process.stdout.write('ready\n');
