import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { TestContext } from 'node:test';
import { createCommit } from '../../../../src/controllers/commit.ts';
import { ensureAuthority } from '../../../../src/controllers/joined/authorities.ts';
import { createJoin, type JoinOptions } from '../../../../src/controllers/joined/join.ts';
import type { JoinSecret } from '../../../../src/core/model/join-secret.ts';
import type { JoinRequest } from '../../../../src/core/nodes/wire.ts';
import { newPrivateKey } from '../../../../src/identity/certificates/key.ts';
import { makeSigningRequest } from '../../../../src/identity/certificates/signing-request.ts';
import { digestOf, idOf } from '../../../../src/identity/token.ts';
import type { Store } from '../../../../src/store/contract.ts';
import { openStore } from '../../../../src/store/open.ts';
import { createState, type State } from '../../../../src/store/state.ts';
import { createLogger, type Log } from '../../../../src/telemetry/log.ts';
import { createVault, type Vault } from '../../../../src/vault/vault.ts';

/** A store with a CA in it, and what masters do joins with. */
export interface TestCluster {
  readonly state: State;
  readonly vault: Vault;
  readonly clock: { now(): number };
  readonly log: Log;
  readonly options: JoinOptions;
  /** Ids of nodes that are there. */
  readonly up: Set<string>;
  now: number;
  /** @returns the secret */
  secret(more?: Partial<JoinSecret>): Promise<string>;
  join(request: JoinRequest): ReturnType<ReturnType<typeof createJoin>>;
}

export async function testCluster(t: TestContext, wrap = (store: Store) => store): Promise<TestCluster> {
  const folder = await mkdtemp(path.join(tmpdir(), 'orca-joined-'));
  const store = wrap(await openStore(`file:${folder}/orca.db`));
  t.after(async () => {
    await store.close();
    await rm(folder, { recursive: true });
  });
  const state = createState(store);
  await store.txn({
    then: [state.cluster.put({ name: 'identity', id: 'c1' }), state.cluster.put({ name: 'term', number: 1 })],
  });
  const vault = createVault({ file: 'secret.key', key: randomBytes(32), sealed: async () => [], random: randomBytes });
  const clock = { now: () => cluster.now };
  const log = createLogger({ level: 'fatal', destination: { write: () => undefined } });
  const up = new Set<string>();
  const commit = createCommit(state, 1);
  const options = { state, vault, clock, log, commit, cluster: 'c1', isUp: (id: string) => up.has(id) };
  const cluster: TestCluster = {
    state,
    vault,
    clock,
    log,
    options,
    up,
    // TLS goes by the clock of the machine, and certificates know whole seconds.
    now: Math.floor(Date.now() / 1000) * 1000,
    async secret(more = {}) {
      const secret = randomBytes(32).toString('base64url');
      const digest = digestOf(secret);
      const { now } = cluster;
      const record = { id: idOf(digest), digest, reusable: false, createdAt: now, expiresAt: now + 3_600_000, ...more };
      await store.txn({ then: [state.joinSecrets.put({ createdBy: 'admin', ...record })] });
      return secret;
    },
    join: (request) => createJoin(options)(request, '10.0.0.2'),
  };
  await ensureAuthority(options);
  return cluster;
}

export interface Machine {
  readonly id: string;
  readonly key: string;
  request(secret: string, more?: Partial<JoinRequest>): JoinRequest;
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567';

/** A machine that wants to join, with an id and a key of its own. */
export async function machine(name = 'web2'): Promise<Machine> {
  const id = Array.from(randomBytes(16), (byte) => ALPHABET[byte % 32]).join('');
  const key = newPrivateKey();
  const csr = await makeSigningRequest(key, id);
  return {
    id,
    key,
    request: (secret, more = {}) => ({
      protocol: 1,
      secret,
      name,
      id,
      csr,
      replace: false,
      now: 0,
      version: '1',
      ...more,
    }),
  };
}
