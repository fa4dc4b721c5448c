import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { becomeNode } from '../../../src/agent/join/become-node.ts';
import { nodeFiles } from '../../../src/agent/membership/files.ts';
import type { AgentState } from '../../../src/agent/state.ts';
import { readState } from '../../../src/agent/state-socket.ts';
import { type RunningAgent, runAgent } from '../../../src/agent.ts';
import { readConfig } from '../../../src/config.ts';
import { OrcaError } from '../../../src/core/errors.ts';
import type { JoinLine } from '../../../src/core/nodes/join-line.ts';
import { type JoinReply, MASTER_NAME } from '../../../src/core/nodes/wire.ts';
import { issueCertificate, makeAuthority } from '../../../src/identity/certificates/authority.ts';
import { readCertificate } from '../../../src/identity/certificates/certificate.ts';
import { newPrivateKey } from '../../../src/identity/certificates/key.ts';
import { readSigningRequest } from '../../../src/identity/certificates/signing-request.ts';
import { createLogger } from '../../../src/telemetry/log.ts';
import { askToJoin, goToMaster } from '../../../src/tunnel/ask-to-join.ts';
import { createNodePort } from '../../../src/tunnel/node-port.ts';
import type { NodePort } from '../../../src/tunnel/node-port-options.ts';
import type { Wire } from '../../../src/tunnel/wire.ts';
import { until } from '../../lab/until.ts';

const folder = mkdtempSync(join(tmpdir(), 'orca-agent-'));
const files = nodeFiles(folder);
const invocation = readConfig([
  'agent',
  '--data',
  folder,
  '--docker',
  `unix://${join(folder, 'docker.sock')}`,
  '--log-level',
  'silent',
]);
const config = invocation.action === 'serve' && invocation.role === 'agent' ? invocation.config : assert.fail();
const entry = join(import.meta.dirname, '../../../src/main.ts');
const silent = createLogger({ level: 'silent' });
const DAY = 86_400_000;
const ca = await makeAuthority('c1', Date.now());

const sign = async (csr: string, id: string) => ({
  certificate: await issueCertificate(ca, {
    publicKey: await readSigningRequest(csr),
    commonName: id,
    names: [id],
    now: Date.now(),
    lifetime: 90 * DAY,
  }),
  ca: [ca.certificate],
});

let port: NodePort;
let line: JoinLine;
let up: Wire | undefined;
let agent: RunningAgent;
let removed: string | undefined;
let asked = 0;
const docker = createServer((request, response) => {
  const path = new URL(request.url ?? '', 'http://docker').pathname.replace(/^\/v[\d.]+/, '');
  const answer = path === '/version' ? { Version: '28.0.0', ApiVersion: '1.51' } : { DockerRootDir: folder };
  response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
});

before(async () => {
  docker.listen(config.docker.socketPath);
  await once(docker, 'listening');
  const key = newPrivateKey();
  const cert = await issueCertificate(ca, {
    publicKey: createPublicKey(key),
    commonName: MASTER_NAME,
    names: [MASTER_NAME],
    now: Date.now(),
    lifetime: DAY,
  });
  port = createNodePort({
    tls: () => ({ key, cert, ca: [ca.certificate] }),
    cluster: 'c1',
    term: () => 4,
    version: '9.9.9',
    onJoin: async ({ id, name, csr, secret }): Promise<JoinReply> => {
      asked += 1;
      if (secret !== line.secret) return { type: 'refused', code: 'secret', message: 'it was used already' };
      return { type: 'joined', cluster: 'c1', id, name, now: Date.now(), ...(await sign(csr, id)) };
    },
    admit: () => removed,
    onUp: (wire) => {
      up = wire;
    },
    onDown: () => {
      up = undefined;
    },
    log: silent,
  });
  line = {
    host: '127.0.0.1',
    port: await port.listen({ host: '127.0.0.1', port: 0 }),
    secret: 's'.repeat(32),
    ca: readCertificate(ca.certificate).digest,
  };
});
after(async () => {
  await agent?.stop();
  await port?.close();
  docker.close();
  rmSync(folder, { recursive: true });
});

const state = async (): Promise<AgentState | undefined> => readState(files.socket, AbortSignal.timeout(5_000));
const wire = () => until('the node to be up', () => up);
const refused = (code: OrcaError['code'], message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OrcaError && error.code === code, String(error));
  assert.match(error.message, message);
  return true;
};

describe('an agent', () => {
  it('does not start on a machine that has not joined, and says what to do', async () => {
    await assert.rejects(runAgent(config, { entry }), (error: unknown) => {
      assert.match((error as OrcaError).hint ?? '', /`orca node token`.*`orca join`/);
      return refused('unavailable', /has not joined a cluster/)(error);
    });
  });

  it('hears the master greet before it joins, which uses no secret', async () => {
    const { greeting, leave } = await goToMaster(line);
    leave();
    const { version, protocol } = greeting;
    assert.deepEqual([version, protocol, asked], ['9.9.9', 1, 0]);
    await assert.rejects(goToMaster({ ...line, ca: 'f'.repeat(64) }), refused('forbidden', /not the master/));
  });

  it('joins with the right secret, and dials the master', async () => {
    const becoming = { files, name: 'db-1', replace: false, version: '1', ask: askToJoin };
    const other = { ...line, secret: 'x'.repeat(32) };
    await assert.rejects(becomeNode({ ...becoming, line: other }), refused('unauthorized', /it was used already/));
    await becomeNode({ ...becoming, line });
    agent = await runAgent(config, { entry });
    await wire();
    await until('the agent to say so', async () => (await state())?.up);
  });

  it('is the only one of its folder', async () => {
    await assert.rejects(runAgent(config, { entry }), refused('conflict', /another agent answers/));
  });

  it('tells how its machine is, and why Docker does not answer', async () => {
    const status = await (await wire()).status();
    assert.equal(status.checked, false);
    assert.equal(status.address, '127.0.0.1');
    assert.equal(status.disk?.path, folder);
    assert.equal(status.dockerProblem, undefined);
    assert.ok(status.memory.total > status.memory.free && status.cpus > 0);
  });

  it("hears what came of the master's container, and tells this machine", async () => {
    await (await wire()).tellCheck({ problem: 'docker has no bridge' });
    assert.deepEqual((await state())?.check, { problem: 'docker has no bridge' });
    await (await wire()).tellCheck({});
    assert.deepEqual((await state())?.check, {});
    assert.equal((await (await wire()).status()).checked, true);
  });

  it('renews its certificate over the connection that it has, with a new key', async () => {
    const before = await wire();
    const { csr } = await before.requestCertificate();
    const given = await sign(csr, before.id);
    await before.giveCertificate(given);
    assert.equal(await wire(), before);
    await agent.stop();
    agent = await runAgent(config, { entry });
    await until('it to come with the new one', async () => (await state())?.up);
    await assert.rejects((await wire()).giveCertificate(await sign(csr, 'a'.repeat(16))), /not for this node/);
  });

  it('says why it is not let in', async () => {
    removed = 'this node was removed';
    port.cut((await wire()).id, removed);
    const told = await until('the agent to be told', async () => {
      const now = await state();
      return now?.up === false && now.problem?.includes('removed') ? now : undefined;
    });
    assert.match(told.problem ?? '', /does not serve this node: .*this node was removed/);
  });
});
