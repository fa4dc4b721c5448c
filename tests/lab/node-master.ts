import { createPublicKey } from 'node:crypto';
import { becomeNode } from '../../src/agent/join/become-node.ts';
import { nodeFiles } from '../../src/agent/membership/files.ts';
import type { JoinLine } from '../../src/core/nodes/join-line.ts';
import { type JoinReply, MASTER_NAME, type NewCertificate } from '../../src/core/nodes/wire.ts';
import { issueCertificate, makeAuthority } from '../../src/identity/certificates/authority.ts';
import { readCertificate } from '../../src/identity/certificates/certificate.ts';
import { newPrivateKey } from '../../src/identity/certificates/key.ts';
import { readSigningRequest } from '../../src/identity/certificates/signing-request.ts';
import { askToJoin } from '../../src/tunnel/ask-to-join.ts';
import { createNodePort } from '../../src/tunnel/node-port.ts';
import type { NodePort } from '../../src/tunnel/node-port-options.ts';
import type { Wire } from '../../src/tunnel/wire.ts';
import { until } from './until.ts';
import { CLUSTER, quiet } from './wire.ts';

const DAY = 86_400_000;

/** The end of the wire that a master has, in this process, for one real agent elsewhere. */
export interface NodeMaster {
  readonly line: JoinLine;
  /** Makes a data folder that of a node, without `orca join`. */
  admit(data: string, name: string): Promise<void>;
  /** Once the node is connected. */
  wire(): Promise<Wire>;
  /** Once the node is not. */
  away(): Promise<void>;
  sign(csr: string, id: string): Promise<NewCertificate>;
  /** Nobody listens any more. */
  leave(): Promise<void>;
  /** Listens again at the same address. @param term of a master that took over */
  comeBack(term?: number): Promise<void>;
}

export async function startNodeMaster(host: string): Promise<NodeMaster> {
  const ca = await makeAuthority(CLUSTER, Date.now());
  const key = newPrivateKey();
  const cert = await issueCertificate(ca, {
    publicKey: createPublicKey(key),
    commonName: MASTER_NAME,
    names: [MASTER_NAME],
    now: Date.now(),
    lifetime: DAY,
  });
  const sign = async (csr: string, id: string): Promise<NewCertificate> => ({
    certificate: await issueCertificate(ca, {
      publicKey: await readSigningRequest(csr),
      commonName: id,
      names: [id],
      now: Date.now(),
      lifetime: 90 * DAY,
    }),
    ca: [ca.certificate],
  });
  let up: Wire | undefined;
  let term = 1;
  const open = (): NodePort =>
    createNodePort({
      tls: () => ({ key, cert, ca: [ca.certificate] }),
      cluster: CLUSTER,
      term: () => term,
      version: '9.9.9',
      onJoin: async ({ id, name, csr }): Promise<JoinReply> => ({
        type: 'joined',
        cluster: CLUSTER,
        id,
        name,
        now: Date.now(),
        ...(await sign(csr, id)),
      }),
      admit: () => undefined,
      onUp: (wire) => {
        up = wire;
      },
      onDown: () => {
        up = undefined;
      },
      log: quiet,
    });
  let port = open();
  const number = await port.listen({ host, port: 0 });
  const line = { host, port: number, secret: 's'.repeat(32), ca: readCertificate(ca.certificate).digest };
  return {
    line,
    sign,
    admit: async (data, name) => {
      await becomeNode({ files: nodeFiles(data), line, name, replace: false, version: '1', ask: askToJoin });
    },
    wire: () => until('the node to be connected', () => (up?.isUp() ? up : undefined)),
    away: async () => {
      await until('the node to be away', () => up === undefined);
    },
    leave: async () => {
      await port.close();
      up = undefined;
    },
    comeBack: async (next = term) => {
      term = next;
      port = open();
      await port.listen({ host, port: number });
    },
  };
}
