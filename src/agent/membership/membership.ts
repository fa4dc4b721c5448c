import { OrcaError } from '../../core/errors.ts';
import { writePrivately } from '../../identity/write-privately.ts';
import type { NodeFiles } from './files.ts';
import { readIfThere } from './read-file.ts';

/** Whose node a machine is. */
export interface Membership {
  /** The cluster's id. */
  readonly cluster: string;
  /** As it was called when it joined: the master may have renamed it since. */
  readonly name: string;
  /** The master's node port. */
  readonly master: { readonly host: string; readonly port: number };
}

/** Undefined on a machine that has not joined, or not to the end. @throws OrcaError `unavailable` for a damaged one */
export async function readMembership({ membership: file }: NodeFiles): Promise<Membership | undefined> {
  const text = await readIfThere(file);
  if (text === undefined) return undefined;
  const found = parse(text);
  if (isMembership(found)) return found;
  throw new OrcaError('unavailable', `${file} does not say whose node this is`, {
    hint: 'join again with a line of `orca node token`',
  });
}

export const writeMembership = ({ membership: file }: NodeFiles, membership: Membership): Promise<void> =>
  writePrivately(file, `${JSON.stringify(membership)}\n`);

/** By hand: the library for schemas takes more memory than the rest of an agent. */
function isMembership(value: unknown): value is Membership {
  const { cluster, name, master } = (value ?? {}) as Partial<Membership>;
  const { host, port } = master ?? {};
  return [cluster, name, host].every((text) => typeof text === 'string' && text !== '') && Number.isInteger(port);
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
