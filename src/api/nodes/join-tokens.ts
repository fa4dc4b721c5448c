import { setTimeout as sleep } from 'node:timers/promises';
import { type AuthoritiesOptions, ensureAuthority, shownOf } from '../../controllers/joined/authorities.ts';
import type { JoinedNodes } from '../../controllers/joined/joined.ts';
import { notFound, OrcaError } from '../../core/errors.ts';
import type { JoinSecret } from '../../core/model/join-secret.ts';
import { formatJoinLine } from '../../core/nodes/join-line.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { digestOf, idOf } from '../../identity/token.ts';
import { ownAddress } from './own-address.ts';

export interface JoinTokensOptions extends AuthoritiesOptions {
  readonly joined: Pick<JoinedNodes, 'port' | 'shows' | 'problem'>;
  /** The address that the node port is set to listen on. */
  readonly nodeHost: string;
  /** Such as `crypto.randomBytes`. */
  readonly random: (bytes: number) => Buffer;
}

export interface JoinTokenWish {
  readonly address?: string | undefined;
  /** Ms. */
  readonly ttl?: number | undefined;
  readonly reusable?: boolean | undefined;
}

export interface MadeJoinToken {
  readonly record: JoinSecret;
  /** Told this once. */
  readonly line: string;
  readonly address: string;
}

const SECRET_BYTES = 32;
const LIFETIME = 3_600_000;
const MAX_OPEN = 100;
/** Opening a port takes no time; whoever waits longer is told so. */
const OPEN_WITHIN = 10_000;
const EVERY_HOST = ['::', '0.0.0.0'];

/**
 * Makes a line to join with. The node port is open by then: it opens when there is one.
 * @throws OrcaError `conflict` for too many, `unavailable` where nodes cannot connect
 */
export async function makeJoinToken(
  options: JoinTokensOptions,
  wish: JoinTokenWish,
  caller: Caller,
): Promise<MadeJoinToken> {
  const { state, clock, random, joined } = options;
  const now = clock.now();
  const { records } = await state.joinSecrets.listReadable();
  if (records.filter(({ value }) => value.expiresAt > now).length >= MAX_OPEN) throw tooMany();
  const shown = shownOf(await ensureAuthority(options));
  const secret = random(SECRET_BYTES).toString('base64url');
  const digest = digestOf(secret);
  const record: JoinSecret = {
    id: idOf(digest),
    digest,
    reusable: wish.reusable ?? false,
    createdAt: now,
    expiresAt: now + (wish.ttl ?? LIFETIME),
    createdBy: caller.name,
  };
  const { host, port: wanted } = await addressOf(options, wish.address);
  await state.store.txn({ then: [state.joinSecrets.put(record)] });
  const ca = shown?.id ?? '';
  const listening = await portOf(joined, ca).catch((error) => takenBack(options, record, error));
  const port = wanted ?? listening;
  const line = formatJoinLine({ host, port, secret, ca });
  return { record, line, address: host.includes(':') ? `[${host}]:${port}` : `${host}:${port}` };
}

/** @throws OrcaError `not_found` */
export async function revokeJoinToken({ state }: Pick<JoinTokensOptions, 'state'>, id: string): Promise<JoinSecret> {
  const stored = await state.joinSecrets.get(id.slice(0, 80));
  if (!stored) throw notFound('join line', id.slice(0, 80));
  await state.store.txn({ then: [state.joinSecrets.remove(stored.value)] });
  return stored.value;
}

/** With a port of its own nodes come in by a door that is not orca's: a forwarded one. */
async function addressOf(
  { nodeHost }: Pick<JoinTokensOptions, 'nodeHost'>,
  address: string | undefined,
): Promise<{ readonly host: string; readonly port?: number | undefined }> {
  if (address === undefined) {
    const host = EVERY_HOST.includes(nodeHost) ? await ownAddress() : nodeHost;
    if (host !== undefined) return { host };
    throw new OrcaError('invalid', 'this machine has no address that another one could reach', {
      hint: 'give one: orca node token --address HOST',
    });
  }
  const [, six, name, port] = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d+))?$/.exec(address) ?? [];
  const host = six ?? name ?? address;
  if (port !== undefined && (Number(port) < 1 || Number(port) > 65_535))
    throw new OrcaError('invalid', `${address} has no port from 1 to 65535`);
  return { host, ...(port === undefined ? {} : { port: Number(port) }) };
}

/** Once it is open, and shows a certificate of this CA. */
async function portOf(joined: JoinTokensOptions['joined'], ca: string): Promise<number> {
  for (const until = performance.now() + OPEN_WITHIN; performance.now() < until; ) {
    const port = joined.port();
    if (port !== undefined && joined.shows(ca)) return port;
    const problem = joined.problem();
    if (problem !== undefined)
      throw new OrcaError('unavailable', `nodes cannot connect: ${problem}`, {
        hint: 'set nodes.listen to an address that is free, and restart the server',
      });
    await sleep(20);
  }
  throw new OrcaError('unavailable', 'the node port did not open', { hint: "look at the server's log" });
}

/** Nobody was told of it. */
async function takenBack({ state }: JoinTokensOptions, record: JoinSecret, error: unknown): Promise<never> {
  await state.store.txn({ then: [state.joinSecrets.remove(record)] });
  throw error;
}

const tooMany = (): OrcaError =>
  new OrcaError('conflict', `there are ${MAX_OPEN} join lines that are open, as many as there may be`, {
    hint: 'revoke those that nobody needs: orca node token ls',
  });
