import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CaMeta } from './acme/ca.ts';
import { connectCa } from './acme/client.ts';
import type { AcmeSettings } from './config/acme.ts';
import { type ConnectCa, createAccounts } from './controllers/certificates/accounts.ts';
import { createBoard } from './controllers/certificates/board.ts';
import { type Certificates, createCertificates } from './controllers/certificates/certificates.ts';
import { createInternalCa } from './controllers/certificates/internal.ts';
import { createLeadsHere, type LeadsHereOptions } from './controllers/certificates/leads-here.ts';
import { createOrders } from './controllers/certificates/orders.ts';
import type { Cluster } from './controllers/cluster.ts';
import { createCommit } from './controllers/commit.ts';
import type { Links } from './controllers/ingress/links.ts';
import { newPrivateKey } from './identity/certificates/key.ts';
import type { State } from './store/state.ts';
import type { Log } from './telemetry/log.ts';
import type { Vault } from './vault/vault.ts';
import { VERSION } from './version.ts';

interface MasterParts {
  readonly settings: AcmeSettings;
  readonly state: State;
  readonly cluster: Cluster;
  readonly vault: Pick<Vault, 'sealing' | 'open'>;
  readonly links: Pick<Links, 'useCertificates' | 'useThose' | 'onChange'>;
  readonly wall: { now(): number };
  readonly log: Log;
  /** Where a CA asks by HTTP, and how names are looked up: port 80, and as this machine does. */
  readonly seen?: Pick<LeadsHereOptions, 'port' | 'resolve'> | undefined;
}

/** Certificates of names, as the master provides for them. */
export function certificatesOf({
  settings,
  state,
  cluster,
  vault,
  links,
  wall: clock,
  log,
  seen,
}: MasterParts): Certificates {
  const commit = createCommit(state, cluster.term);
  const board = createBoard({ links });
  const common = { state, vault, commit, board, clock, log };
  const accounts = createAccounts({ ...common, connect: connectBy(settings), email: settings.email });
  return createCertificates({
    ...common,
    orders: createOrders({
      ...common,
      accounts,
      leadsHere: settings.check ? createLeadsHere({ board, ...seen }) : undefined,
      pause: async (ms, signal) => void (await sleep(ms, undefined, { signal, ref: false })),
    }),
    internal: createInternalCa({ ...common, cluster: cluster.id }),
    authority: settings.directory,
  });
}

/** The CA, for those who want to know its terms: no account is needed. */
export const publicCa = (settings: AcmeSettings) => ({
  authority: settings.directory,
  askCa: async (signal: AbortSignal): Promise<CaMeta> =>
    (await connectBy(settings)({ key: newPrivateKey() }, signal)).meta(),
});

/** Files are read each time: what is put there counts for the next order. */
const connectBy =
  (settings: AcmeSettings): ConnectCa =>
  async (account, signal) => {
    const { directory, ca, challenge, eab } = settings;
    const key = eab && (await readFile(eab.keyFile, 'utf8')).trim();
    return connectCa({
      directory,
      challenge,
      account,
      signal,
      userAgent: `orca/${VERSION}`,
      ...(ca !== undefined && { trust: await readFile(ca, 'utf8') }),
      ...(eab && key !== undefined && { binding: { kid: eab.kid, key } }),
    });
  };
