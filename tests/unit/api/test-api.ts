import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { CaMeta } from '../../../src/acme/ca.ts';
import { type Api, createApi } from '../../../src/api/api.ts';
import type { Budget } from '../../../src/api/http/budget.ts';
import { secretFingerprint } from '../../../src/api/secrets/fingerprint.ts';
import { createTrafficBook, type TrafficKeeper } from '../../../src/controllers/ingress/traffic.ts';
import type { OwnMachine } from '../../../src/controllers/joined/own-machine.ts';
import type { NodeSight } from '../../../src/controllers/joined/sights.ts';
import type { TokenRecord } from '../../../src/core/model/token.ts';
import type { RouteQuota } from '../../../src/core/rollout/route-quota.ts';
import type { LogLine } from '../../../src/engine/engine.ts';
import { createEngines, type KnownEngines } from '../../../src/engine/engines.ts';
import { createIdentity } from '../../../src/identity/authenticate.ts';
import { createFingerprint } from '../../../src/identity/fingerprint.ts';
import type { SignedIdentity } from '../../../src/identity/signed/signed-identity.ts';
import { digestOf, idOf, newToken } from '../../../src/identity/token.ts';
import type { Store } from '../../../src/store/contract.ts';
import { openStore } from '../../../src/store/open.ts';
import { sealedRecords } from '../../../src/store/sealed.ts';
import { createState, type State } from '../../../src/store/state.ts';
import { type Audit, createAudit } from '../../../src/telemetry/audit/audit.ts';
import { createLogger, type Log } from '../../../src/telemetry/log.ts';
import { createVault, type Vault } from '../../../src/vault/vault.ts';
import { breachesOf } from './breaches.ts';
import { createMemoryEngine, type MemoryEngine } from './memory-engine.ts';
import { createMemoryWorld, type MemoryWorld } from './memory-world.ts';

export type Caller = 'viewer' | 'deployer' | 'admin' | 'shopper' | 'shopAdmin' | 'expired';

export interface Asked {
  readonly as?: Caller | undefined;
  /** Sent as it is, in place of a caller's token. */
  readonly authorization?: string | undefined;
  readonly body?: unknown;
  readonly raw?: string | Buffer | undefined;
  readonly headers?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
}

export interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly text: string;
  // biome-ignore lint/suspicious/noExplicitAny: tests look into answers freely
  readonly body: any;
}

export interface TestApi {
  readonly api: Api;
  readonly port: number;
  readonly state: State;
  readonly audit: Audit;
  /** The data folder. */
  readonly folder: string;
  /** Of the master's own machine. */
  readonly engine: MemoryEngine;
  readonly engines: KnownEngines;
  readonly world: MemoryWorld;
  /** What the data plane counted; it has told nothing yet. */
  readonly traffic: TrafficKeeper;
  readonly archived: Map<string, LogLine[]>;
  /** The same of a node that joined. */
  archivedOn(node: string): Map<string, LogLine[]>;
  readonly tokens: Readonly<Record<Caller, string>>;
  /** What the API logged, a line each. */
  readonly logged: string[];
  /** All that is sealed, read as what it was. */
  readonly vault: Vault;
  /** What the server has to say beside what it observes. */
  remarks: (mayKnow: (project: string) => boolean) => readonly string[];
  /** What the public CA says of itself. */
  askCa: (signal: AbortSignal) => Promise<CaMeta>;
  /** How nodes that joined are, by id. */
  readonly sights: Map<string, NodeSight>;
  /** What the master's own machine uses. */
  ownMachine: OwnMachine | undefined;
  /** Undefined: it cannot be opened. */
  nodePort: number | undefined;
  now: number;
  ask(method: string, target: string, asked?: Asked): Promise<Answer>;
  /** The answer as soon as its head is there. */
  open(method: string, target: string, asked?: Asked): Promise<IncomingMessage>;
  /** That the token was used is written by then: what is written next is something else, for a minute. */
  used(as: Caller): Promise<void>;
  close(): Promise<void>;
}

interface Options {
  readonly wrapStore?: (store: Store) => Store;
  readonly history?: number;
  readonly allowedOrigins?: readonly string[];
  readonly ingressPorts?: () => readonly number[];
  readonly quota?: RouteQuota;
  readonly budget?: Budget;
  /** Of the vault. */
  readonly key?: Buffer;
  /** Deliveries are deployed, not only recorded. */
  readonly works?: boolean;
  /** HTTPS is on: plans and deploys say what is missing for a certificate. */
  readonly servesHttps?: boolean;
  readonly signed?: (around: { readonly clock: { now(): number }; readonly log: Log }) => SignedIdentity | undefined;
}

/** The API over a real store and real sockets, with an engine and a world in memory. */
export async function openApi({
  wrapStore = (store) => store,
  history,
  allowedOrigins = [],
  ingressPorts,
  quota,
  budget,
  key = randomBytes(32),
  works = false,
  servesHttps = false,
  signed = () => undefined,
}: Options = {}): Promise<TestApi> {
  const folder = await mkdtemp(path.join(tmpdir(), 'orca-api-'));
  const store = wrapStore(await openStore(`file:${folder}/orca.db`, { history }));
  const state = createState(store);
  const tokens = await makeTokens(state);
  const [engine, world] = [createMemoryEngine(), createMemoryWorld()];
  const engines = createEngines({ local: engine });
  const archived = new Map<string, LogLine[]>();
  const elsewhere = new Map<string, Map<string, LogLine[]>>();
  const archivedOn = (node: string) => {
    const there = elsewhere.get(node) ?? new Map<string, LogLine[]>();
    elsewhere.set(node, there);
    return there;
  };
  const traffic = createTrafficBook(() => test.now);
  const logged: string[] = [];
  const breaches: string[] = [];
  const sealed = async () => (await sealedRecords(state)).records.map(({ envelope }) => envelope);
  const vault = createVault({ file: 'secret.key', key, sealed, random: randomBytes });
  let fingerprintKey = key;
  const fingerprint = createFingerprint(() => fingerprintKey);
  const keyFile = {
    writeNext: async () => {
      fingerprintKey = randomBytes(32);
      return fingerprintKey;
    },
    adoptNext: async () => {},
  };
  const ending = new AbortController();
  const clock = { now: () => (test.now += 1) };
  const log = createLogger({ level: 'debug', destination: { write: (line) => logged.push(line) } });
  const audit = createAudit({ dir: folder, log });
  const api = createApi({
    state,
    engine,
    engines,
    world,
    identity: createIdentity({ state, clock, signed: signed({ clock, log }) }),
    archive: {
      async *read({ id }) {
        yield* archived.get(id) ?? [];
      },
      list: async (node) =>
        [...(node === 'local' ? archived : archivedOn(node))].map(([task, lines]) => ({
          task,
          at: 1,
          bytes: JSON.stringify(lines).length,
        })),
      remove: async (node, task) => void (node === 'local' ? archived : archivedOn(node)).delete(task),
    },
    clock,
    log,
    audit,
    joined: {
      sight: (id) => test.sights.get(id) ?? AWAY,
      ownMachine: () => test.ownMachine,
      port: () => test.nodePort,
      shows: () => true,
      problem: () => (test.nodePort === undefined ? 'port 6881 is in use' : undefined),
    },
    acme: {
      authority: 'https://ca.example.com/dir',
      askCa: (signal) => test.askCa(signal),
      isServed: () => servesHttps,
    },
    nodeHost: '10.0.0.1',
    version: '1.2.3',
    remarks: (mayKnow) => test.remarks(mayKnow),
    ingressPorts,
    quota,
    fingerprint,
    rotation: { state, vault, fingerprint: secretFingerprint(fingerprint), keyFile },
    traffic,
    vault,
    budget,
    config: { allowedOrigins },
  });
  const { port } = await api.listen({ host: '127.0.0.1', port: 0 });
  const working = works ? api.work(ending.signal) : undefined;

  const open = (method: string, target: string, asked: Asked = {}): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      const payload = asked.raw ?? (asked.body === undefined ? undefined : JSON.stringify(asked.body));
      const authorization = asked.authorization ?? (asked.as && `Bearer ${tokens[asked.as]}`);
      const sent = httpRequest(
        {
          port,
          host: '127.0.0.1',
          method,
          path: target,
          agent: false,
          headers: {
            ...(authorization && { authorization }),
            ...(payload !== undefined && {
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(payload),
            }),
            ...asked.headers,
          },
          ...(asked.signal && { signal: asked.signal }),
        },
        resolve,
      );
      sent.on('error', reject);
      sent.end(payload);
    });

  const test: TestApi = {
    api,
    port,
    state,
    audit,
    folder,
    engine,
    engines,
    world,
    traffic,
    archived,
    archivedOn,
    tokens,
    vault,
    logged,
    remarks: () => [],
    askCa: async () => ({ terms: 'https://ca.example.com/terms', needsBinding: false }),
    sights: new Map(),
    ownMachine: undefined,
    nodePort: 6881,
    now: 1_000_000,
    open,
    async ask(method, target, asked) {
      const answer = await open(method, target, asked);
      const content = await text(answer);
      const isJson = answer.headers['content-type']?.startsWith('application/json');
      const told = {
        status: answer.statusCode ?? 0,
        headers: answer.headers,
        text: content,
        body: isJson && content !== '' ? JSON.parse(content) : undefined,
      };
      breaches.push(...breachesOf(api.routes, { method, target }, told));
      return told;
    },
    async used(as) {
      const id = idOf(digestOf(tokens[as]));
      await test.ask('GET', '/v1/auth/whoami', { as });
      await until(async () => (await state.tokenUses.get(id)) !== undefined, 'the use of a token to be written');
    },
    async close() {
      await api.close(100);
      ending.abort();
      await working;
      await store.close();
      audit.close();
      await rm(folder, { recursive: true });
      assert.deepEqual(breaches, [], 'every answer is one that the contract has');
    },
  };
  return test;
}

const AWAY: NodeSight = {
  life: 'down',
  reason: 'not connected since the master started 99 s ago',
  silentFor: undefined,
  roundTrip: undefined,
  status: undefined,
  toldAgo: undefined,
  cpuPercent: undefined,
  skew: undefined,
};

const CALLERS: Record<Caller, Pick<TokenRecord, 'role' | 'projects' | 'expiresAt'>> = {
  viewer: { role: 'viewer' },
  deployer: { role: 'deployer' },
  admin: { role: 'admin' },
  shopper: { role: 'deployer', projects: ['shop'] },
  shopAdmin: { role: 'admin', projects: ['shop'] },
  expired: { role: 'admin', expiresAt: 5 },
};

async function makeTokens(state: State): Promise<Record<Caller, string>> {
  const made = Object.entries(CALLERS).map(([name, rest]) => {
    const token = newToken(randomBytes);
    const digest = digestOf(token);
    return { name, token, record: { id: idOf(digest), name, digest, createdAt: 1, ...rest } };
  });
  await state.store.txn({ then: made.map(({ record }) => state.tokens.put(record)) });
  return Object.fromEntries(made.map(({ name, token }) => [name, token])) as Record<Caller, string>;
}

/** Until the condition holds; fails after 10 s. */
export async function until(holds: () => boolean | Promise<boolean>, what = 'the condition'): Promise<void> {
  for (const begun = Date.now(); !(await holds()); ) {
    if (Date.now() - begun > 180_000) throw new Error(`waited 180 s for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
