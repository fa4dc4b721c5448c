import { randomBytes } from 'node:crypto';
import type { TestContext } from 'node:test';
import { makeJoinToken } from '../../../../src/api/nodes/join-tokens.ts';
import { createJoinedNodes, type JoinedNodes, type JoinedOptions } from '../../../../src/controllers/joined/joined.ts';
import { type JoinLine, parseJoinLine } from '../../../../src/core/nodes/join-line.ts';
import type { NewCertificate, NodeCheck } from '../../../../src/core/nodes/wire.ts';
import { newPrivateKey } from '../../../../src/identity/certificates/key.ts';
import { makeSigningRequest } from '../../../../src/identity/certificates/signing-request.ts';
import { askToJoin } from '../../../../src/tunnel/ask-to-join.ts';
import { createDialer } from '../../../../src/tunnel/dialer.ts';
import type { Dialer } from '../../../../src/tunnel/dialer-options.ts';
import { createNodePort } from '../../../../src/tunnel/node-port.ts';
import type { TlsIdentity } from '../../../../src/tunnel/tls-identity.ts';
import { answers } from '../../../lab/wire.ts';
import { machine, type TestCluster, testCluster } from './cluster.ts';

/** A master with its node port on loopback. */
export interface TestMaster extends TestCluster {
  readonly joined: JoinedNodes;
  line(ttl?: number): Promise<JoinLine>;
  /** Joins with a line, of this master unless it is another's, and dials from then on. @throws OrcaError of a refusal */
  newNode(name: string, line?: JoinLine): Promise<TestNode>;
  /** Ends, as a server that stops; another one may be started on the same store. */
  stop(): Promise<void>;
}

export interface TestNode {
  readonly id: string;
  /** With what it dials next. */
  identity: TlsIdentity;
  readonly checks: NodeCheck[];
  dialer: Dialer;
  /** Why it is not connected, the last one last. */
  readonly problems: string[];
  /** Its connections end, and it dials anew. */
  redial(): Promise<void>;
}

export async function testMaster(t: TestContext, changes: Partial<JoinedOptions> = {}): Promise<TestMaster> {
  const cluster = await testCluster(t);
  const nodes: TestNode[] = [];
  const joined = createJoinedNodes({
    ...cluster.options,
    cluster: { id: 'c1', term: 1 },
    listen: { host: '127.0.0.1', port: 0 },
    createPort: createNodePort,
    version: '1.0.0',
    ...changes,
  });
  const ending = new AbortController();
  const running = joined.run(ending.signal);
  const stop = async () => {
    ending.abort();
    await running;
  };
  t.after(async () => {
    await Promise.all(nodes.map(({ dialer }) => dialer.close()));
    await stop();
  });
  const options = { ...cluster.options, joined, nodeHost: '127.0.0.1', random: randomBytes };
  const line = async (ttl?: number) => {
    const made = await makeJoinToken(options, { ttl }, { id: 'a', name: 'admin', role: 'admin' });
    const read = parseJoinLine(made.line);
    if (!read) throw new Error(`no line: ${made.line}`);
    return read;
  };
  return Object.assign(cluster, {
    joined,
    line,
    stop,
    async newNode(name: string, given?: JoinLine) {
      const node = await joinWith(given ?? (await line()), name);
      nodes.push(node);
      return node;
    },
  });
}

async function joinWith(line: JoinLine, name: string): Promise<TestNode> {
  const { id, key, request } = await machine(name);
  const { secret: _, protocol: __, ...asked } = request('');
  const reply = await askToJoin(line, asked);
  const { host, port } = line;
  let next = '';
  const dial = () =>
    createDialer({
      master: () => ({ host, port }),
      tls: () => node.identity,
      cluster: reply.cluster,
      targets: {},
      answer: {
        ...answers(id),
        hello: () => ({ id, version: '1.0.0' }),
        status: async () => ({ ...STATUS, now: Date.now() }),
        checked: async (check) => void node.checks.push(check),
        certificateRequest: async () => {
          next = newPrivateKey();
          return { csr: await makeSigningRequest(next, id) };
        },
        certificate: async ({ certificate, ca }: NewCertificate) => {
          node.identity = { key: next, cert: certificate, ca };
        },
      },
      terms: { highest: () => 0, remember: async () => undefined },
      onChange: ({ problem }) => void (problem !== undefined && node.problems.push(problem)),
      log: { debug: () => undefined, info: () => undefined, warn: () => undefined },
    });
  const node: TestNode = {
    id,
    identity: { key, cert: reply.certificate, ca: reply.ca },
    checks: [],
    problems: [],
    async redial() {
      await node.dialer.close();
      node.dialer = dial();
    },
    dialer: undefined as unknown as Dialer,
  };
  node.dialer = dial();
  return node;
}

const STATUS = {
  version: '1.0.0',
  address: '10.0.0.2',
  checked: false,
  memory: { total: 4_000, free: 1_000 },
  cpus: 2,
  load: 0.5,
};
