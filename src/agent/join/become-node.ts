import type { JoinLine } from '../../core/nodes/join-line.ts';
import type { JoinReply, JoinRequest } from '../../core/nodes/wire.ts';
import { prepareApplicant } from '../membership/applicant.ts';
import { forgetPast, refuseMisfit, writeCertificate } from '../membership/credentials.ts';
import type { NodeFiles } from '../membership/files.ts';
import { type Membership, writeMembership } from '../membership/membership.ts';

export type Joined = Extract<JoinReply, { type: 'joined' }>;

export interface Becoming {
  readonly files: NodeFiles;
  readonly line: JoinLine;
  readonly name: string;
  readonly replace: boolean;
  readonly version: string;
  /** The cluster that it was of before. */
  readonly before?: Membership | undefined;
  /** Rejects with an OrcaError if the master refuses. */
  readonly ask: (line: JoinLine, request: Omit<JoinRequest, 'protocol' | 'secret'>) => Promise<Joined>;
}

/**
 * Asks the master in, and keeps what it says. Killed at any line it can be begun again with the same line: id and key are on the
 * disk before the master hears of them, and it lets in again whom it let in; the membership is written when all else is there.
 */
export async function becomeNode({ files, line, name, replace, version, before, ask }: Becoming): Promise<Membership> {
  const { id, csr } = await prepareApplicant(files);
  const reply = await ask(line, { name, id, csr, replace, now: Date.now(), version });
  refuseMisfit(reply, id);
  if (before?.cluster !== reply.cluster) await forgetPast(files);
  await writeCertificate(files, reply);
  const membership = { cluster: reply.cluster, name: reply.name, master: { host: line.host, port: line.port } };
  await writeMembership(files, membership);
  return membership;
}
