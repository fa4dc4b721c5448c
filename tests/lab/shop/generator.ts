import { createHash, randomBytes } from 'node:crypto';
import { Agent, type IncomingMessage, request } from 'node:http';

/**
 * Load on the example shop: an open loop of orders, uploads and reads of both, and pages. What was accepted is remembered and
 * read again. On SIGTERM it finishes what is open, reads every upload, and prints what it saw as JSON.
 *
 *   generator.ts ADDRESS HOST REQUESTS_PER_SECOND
 */
const [address = '', host = '', rate = '200'] = process.argv.slice(2);
const TICK = 10;
const PATIENCE = 30_000;

/** A request that got no answer, or another than it should. Times are of Date.now(). */
export interface Problem {
  readonly began: number;
  readonly ended: number;
  readonly what: string;
  /** The shop itself said that it could not, with X-Shop-Error. */
  readonly byApp: boolean;
}

export interface ShopOutcome {
  readonly requests: number;
  readonly problems: readonly Problem[];
  /** Ids of the orders that were accepted. */
  readonly orders: readonly string[];
  readonly uploads: number;
  /** Uploads that were accepted, and are not there at the end, or are others. */
  readonly lostUploads: readonly string[];
  /** Requests that needed the database and took longer than 300 ms. */
  readonly slow: readonly { readonly began: number; readonly ended: number }[];
  readonly p50: number;
  readonly p99: number;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

const problems: Problem[] = [];
const orders: string[] = [];
const uploads = new Map<string, string>();
const slow: { began: number; ended: number }[] = [];
const latencies: number[] = [];
let [requests, open] = [0, 0];

const kept = new Agent({ keepAlive: true, maxSockets: 2_000, scheduling: 'lifo' });

const call = (method: string, path: string, body?: Buffer, agent: Agent | false = kept): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = { host, ...(body === undefined ? {} : { 'content-length': body.length }) };
    const sent = request({ host: address, port: 80, path, method, headers, agent, timeout: PATIENCE }, (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('close', () => {
        if (!response.complete) return reject(new Error('answer cut'));
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body: Buffer.concat(chunks) });
      });
    });
    sent.on('timeout', () => sent.destroy(new Error(`no answer in ${PATIENCE} ms`)));
    sent.on('error', reject);
    sent.end(body);
  });

/** What is asked, and what is wrong with the answer if anything is. */
interface Request {
  readonly method: string;
  readonly path: string;
  readonly body?: Buffer;
  readonly database?: boolean;
  check(answer: Answer): string | undefined;
}

const wants = (status: number, { status: got, body }: Answer): string | undefined =>
  got === status ? undefined : `status ${got}: ${body.toString().slice(0, 120)}`;

const page: Request = { method: 'GET', path: '/', check: (answer) => wants(200, answer) };

const order = (number: number): Request => ({
  method: 'POST',
  path: '/orders',
  body: Buffer.from(JSON.stringify({ item: `item ${number}` })),
  database: true,
  check: (answer) => {
    if (answer.status === 201) orders.push(JSON.parse(answer.body.toString()).id);
    return wants(201, answer);
  },
});

const orderAgain = (id: string): Request => ({
  method: 'GET',
  path: `/orders/${id}`,
  database: true,
  check: (answer) => wants(200, answer) ?? (JSON.parse(answer.body.toString()).id === id ? undefined : 'another order'),
});

const upload = (number: number): Request => {
  const [name, body] = [`upload-${number}`, randomBytes(1_000 + (number % 20_000))];
  return {
    method: 'PUT',
    path: `/uploads/${name}`,
    body,
    check: (answer) => {
      if (answer.status === 201) uploads.set(name, digest(body));
      return wants(201, answer);
    },
  };
};

const uploadAgain = (name: string, sum: string): Request => ({
  method: 'GET',
  path: `/uploads/${name}`,
  check: (answer) => wants(200, answer) ?? (digest(answer.body) === sum ? undefined : 'another content'),
});

const digest = (body: Buffer): string => createHash('sha256').update(body).digest('hex');

const anyOf = <T>(all: readonly T[]): T | undefined => all[Math.floor(Math.random() * all.length)];

/** Of twenty requests: two orders, two reads of one, an upload, a read of one, the rest pages. */
function choose(number: number): Request {
  const kind = number % 20;
  if (kind < 2) return order(number);
  if (kind < 4) return ((id) => (id === undefined ? page : orderAgain(id)))(anyOf(orders));
  if (kind === 4) return upload(number);
  if (kind === 5) return ((one) => (one === undefined ? page : uploadAgain(...one)))(anyOf([...uploads]));
  return page;
}

async function send(number: number): Promise<void> {
  const { method, path, body, database, check } = choose(number);
  const began = Date.now();
  open += 1;
  try {
    const answer = await call(method, path, body, number % 3 === 0 ? false : kept);
    const wrong = check(answer);
    if (wrong !== undefined) note(began, `${method} ${path}: ${wrong}`, answer.headers['x-shop-error'] !== undefined);
  } catch (error) {
    note(began, `${method} ${path}: ${(error as Error).message}`, false);
  }
  open -= 1;
  const ended = Date.now();
  latencies.push(ended - began);
  if (database && ended - began > 300) slow.push({ began, ended });
}

const note = (began: number, what: string, byApp: boolean) =>
  void problems.push({ began, ended: Date.now(), what, byApp });

async function readUploads(): Promise<readonly string[]> {
  const lost: string[] = [];
  const left = [...uploads];
  const read = async () => {
    for (let next = left.pop(); next; next = left.pop()) {
      const wrong = await call('GET', `/uploads/${next[0]}`).then(uploadAgain(...next).check, String);
      if (wrong !== undefined) lost.push(`${next[0]}: ${wrong}`);
    }
  };
  await Promise.all(Array.from({ length: 8 }, read));
  return lost;
}

const started = performance.now();
const ticker = setInterval(() => {
  const due = Math.floor(((performance.now() - started) * Number(rate)) / 1000);
  while (requests < due) {
    requests += 1;
    void send(requests);
  }
}, TICK);

process.on('SIGTERM', () => {
  clearInterval(ticker);
  const drain = setInterval(async () => {
    if (open > 0) return;
    clearInterval(drain);
    latencies.sort((a, b) => a - b);
    const at = (share: number) => latencies[Math.floor(latencies.length * share)] ?? 0;
    const lostUploads = await readUploads();
    const [p50, p99] = [at(0.5), at(0.99)];
    const outcome: ShopOutcome = { requests, problems, orders, uploads: uploads.size, lostUploads, slow, p50, p99 };
    process.stdout.write(`${JSON.stringify(outcome)}\n`, () => process.exit(0));
  }, 20);
});
process.stdout.write('ready\n');
