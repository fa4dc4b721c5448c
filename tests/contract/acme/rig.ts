import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TestContext } from 'node:test';
import { createSecureContext, createServer as createTlsServer } from 'node:tls';
import { certificatesOf } from '../../../src/certificates.ts';
import type { AcmeSettings } from '../../../src/config/acme.ts';
import type { Certificate } from '../../../src/core/model/certificate.ts';
import type { CertificateSet } from '../../../src/core/route/certificates.ts';
import { CHALLENGE_PATH } from '../../../src/core/route/certificates.ts';
import { sealedRecords } from '../../../src/store/sealed.ts';
import { createState, type State } from '../../../src/store/state.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { createVault } from '../../../src/vault/vault.ts';
import { until } from '../../lab/until.ts';
import { openState, revision, service } from '../../unit/controllers/support/shop.ts';
import { spec } from '../../unit/core/rollout/spec.ts';
import { putService } from '../../unit/store/put-service.ts';

/** What stands in for data planes: takes sets at once, and answers challenges by HTTP. */
export interface Plane {
  readonly port: number;
  /** Where it answers challenges by TLS (RFC 8737). */
  readonly tlsPort: number;
  /** The last set that it was given. */
  set(): CertificateSet | undefined;
  /** All sets that it was ever given. */
  readonly sets: readonly CertificateSet[];
  readonly links: Parameters<typeof certificatesOf>[0]['links'];
  close(): void;
}

export async function startPlane(): Promise<Plane> {
  const sets: CertificateSet[] = [];
  const callbacks = new Set<(tasks: 'all', what: 'state') => void>();
  const server: Server = createServer((request, response) => {
    const token = request.url?.slice(CHALLENGE_PATH.length);
    const found = sets.at(-1)?.challenges.http01.find((one) => one.token === token);
    response.writeHead(found ? 200 : 404).end(found?.keyAuthorization ?? 'no such challenge');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const tls = createTlsServer({
    ALPNProtocols: ['acme-tls/1'],
    SNICallback: (name, done) => {
      const found = sets.at(-1)?.challenges.alpn.find((one) => one.name === name);
      done(null, found && createSecureContext({ cert: found.chain, key: found.key }));
    },
  }).listen(0, '127.0.0.1');
  tls.on('secureConnection', (socket) => socket.end());
  await once(tls, 'listening');
  return {
    port: (server.address() as AddressInfo).port,
    tlsPort: (tls.address() as AddressInfo).port,
    set: () => sets.at(-1),
    sets,
    links: {
      useCertificates: (set) => {
        sets.push(set);
        queueMicrotask(() => {
          for (const callback of callbacks) callback('all', 'state');
        });
      },
      useThose: (id) => sets.at(-1)?.id === id,
      onChange: (callback) => {
        callbacks.add(callback as never);
        return () => callbacks.delete(callback as never);
      },
    },
    close: () => {
      server.close();
      tls.close();
    },
  };
}

export interface RigOptions {
  readonly plane: Plane;
  readonly settings: AcmeSettings;
  /** Where the name is asked for; the plane's own port unless given. */
  readonly port?: number | undefined;
}

const CLUSTER = { id: 'c1', term: 1 } as const;

/** The controller of certificates over a real store, with a clock that is moved by hand. */
export async function startRig(t: TestContext, options: RigOptions) {
  const opened = await openState(t);
  await opened.store.txn({ then: [opened.cluster.put({ name: 'term', number: 1 })] });
  const key = randomBytes(32);
  let ahead = 0;
  const wall = { now: () => Date.now() + ahead };
  const log = createLogger({ level: 'silent' });
  let life: { end(): Promise<void> } | undefined;

  /** One life of a master; killed at the transaction of this number, as if by SIGKILL: nothing of it reaches the store any more. */
  async function live(killedAt = Number.POSITIVE_INFINITY): Promise<void> {
    await life?.end();
    const ending = new AbortController();
    let writes = 0;
    const state: State = createState({
      ...opened.store,
      txn: (txn) => {
        writes += 1;
        if (writes > killedAt) {
          ending.abort();
          return new Promise<never>(() => {});
        }
        return opened.store.txn(txn);
      },
    });
    const sealed = async () => (await sealedRecords(state)).records.map(({ envelope }) => envelope);
    const vault = createVault({ file: 'secret.key', key, sealed, random: randomBytes });
    const { plane, settings, port = plane.port } = options;
    const seen = { port, resolve: async () => ['127.0.0.1'] };
    const parts = { settings, state, cluster: CLUSTER, vault, links: plane.links, wall, log, seen };
    const running = certificatesOf(parts).run(ending.signal);
    life = {
      end: async () => {
        ending.abort();
        // What was killed never ends.
        if (writes <= killedAt) await running;
      },
    };
  }

  const { store } = opened;
  const has = async (name: string): Promise<Certificate | undefined> => (await opened.certificates.get(name))?.value;
  t.after(() => life?.end());
  return {
    state: opened,
    live,
    now: wall.now,
    /** A service with these names. */
    deploy: async (...domains: readonly string[]) => {
      const [one, its] = [service(), revision({ spec: spec({ domains }), hash: undefined })];
      await store.txn({ then: [...putService(opened, one), opened.revisions.put(its)] });
    },
    agree: () =>
      store.txn({
        then: [
          opened.acmeAgreements.put({
            authority: options.settings.directory,
            email: 'ops@example.com',
            agreedAt: wall.now(),
            agreedBy: 'ann',
          }),
        ],
      }),
    ask: (name: string) =>
      store.txn({ then: [opened.renewalWishes.put({ name, askedAt: wall.now(), askedBy: 'ann' })] }),
    /** Time passes, and something in the store changes so that it is seen. */
    pass: async (ms: number) => {
      ahead += ms;
      await store.txn({ then: [opened.renewalWishes.put({ name: 'nudge', askedAt: 0, askedBy: 'ann' })] });
    },
    certificate: (name: string, after = 0) =>
      until(`a certificate of ${name}`, async () => {
        const found = await has(name);
        return found && found.issuedAt > after && found;
      }),
    attempt: (name: string, after = 0) =>
      until(`an attempt for ${name}`, async () => {
        const found = (await opened.certificateAttempts.get(name))?.value;
        return found && found.at > after && found;
      }),
    has,
  };
}

export type Rig = Awaited<ReturnType<typeof startRig>>;
