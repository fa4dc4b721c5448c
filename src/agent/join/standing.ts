import { createHash, X509Certificate } from 'node:crypto';
import { OrcaError } from '../../core/errors.ts';
import type { JoinLine } from '../../core/nodes/join-line.ts';
import { openCredentials } from '../membership/credentials.ts';
import type { NodeFiles } from '../membership/files.ts';
import { type Membership, readMembership } from '../membership/membership.ts';
import type { AgentState } from '../state.ts';

/** What a machine is before it joins. `new` may be one whose join was cut short: it keeps its id and key. */
export type Standing =
  | { readonly kind: 'new' }
  /** A node of the cluster of the line, and connected to its master. */
  | { readonly kind: 'connected'; readonly membership: Membership }
  /** A node of that cluster that is not: it asks again, with the id and the key that it has. */
  | { readonly kind: 'apart'; readonly membership: Membership };

/** @throws OrcaError `conflict` on a node of another cluster */
export async function standingOf(
  files: NodeFiles,
  line: Pick<JoinLine, 'ca'>,
  agent: AgentState | undefined,
): Promise<Standing> {
  const membership = await readMembership(files);
  if (!membership) return { kind: 'new' };
  const credentials = await openCredentials(files).catch((error: unknown) => {
    if (error instanceof OrcaError) return undefined; // damaged: it asks again
    throw error;
  });
  if (!credentials) return { kind: 'apart', membership };
  if (!credentials.shown().ca.some((pem) => digestOf(pem) === line.ca)) throw ofAnother(files, membership);
  return { kind: agent?.up === true ? 'connected' : 'apart', membership };
}

const digestOf = (pem: string): string => createHash('sha256').update(new X509Certificate(pem).raw).digest('hex');

const ofAnother = ({ folder }: NodeFiles, { name, cluster, master }: Membership): OrcaError =>
  new OrcaError(
    'conflict',
    `this machine is the node ${name} of another cluster, ${cluster} at ${master.host}:${master.port}`,
    {
      hint: `to leave that one: \`orca node rm ${name}\` there, then here \`orca agent --stop\`, and remove ${folder}`,
    },
  );
