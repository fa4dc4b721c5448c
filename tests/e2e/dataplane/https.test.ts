import assert from 'node:assert/strict';
import { createPublicKey } from 'node:crypto';
import { statSync } from 'node:fs';
import { Agent, request } from 'node:https';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, type TLSSocket } from 'node:tls';
import type { ServedCertificate } from '../../../src/core/route/certificates.ts';
import { issueCertificate, makeAuthority } from '../../../src/identity/certificates/authority.ts';
import { newPrivateKey } from '../../../src/identity/certificates/key.ts';
import { directory, finallyDo, freePort, route, startApp, startLab, table, target, until } from './support/lab.ts';

const authority = await makeAuthority('e2e', Date.now());

async function issue(name: string): Promise<ServedCertificate> {
  const key = newPrivateKey();
  const wish = { commonName: name, names: [name], now: Date.now(), lifetime: 3_600_000 };
  const leaf = await issueCertificate(authority, { ...wish, publicKey: createPublicKey(key) });
  return { names: [name], chain: `${leaf}\n${authority.certificate}`, key };
}

const setOf = (id: string, ...certificates: readonly ServedCertificate[]) => ({
  id,
  certificates,
  challenges: { http01: [], alpn: [] },
});

/** Status of a verified request; rejects for whatever goes wrong. */
const ask = (port: number, agent: Agent): Promise<number> =>
  new Promise((resolve, reject) => {
    const options = { port, host: '127.0.0.1', servername: 'shop.test', headers: { host: 'shop.test' }, agent };
    const out = request(options, (answer) => {
      answer.resume();
      answer.once('end', () => resolve(answer.statusCode ?? 0));
    });
    out.once('error', reject);
    out.end();
  });

const serialNow = (port: number): Promise<string> =>
  new Promise((resolve, reject) => {
    const socket: TLSSocket = connect(
      { port, host: '127.0.0.1', servername: 'shop.test', rejectUnauthorized: false },
      () => {
        resolve(socket.getPeerCertificate().serialNumber);
        socket.destroy();
      },
    );
    socket.once('error', reject);
  });

test('certificates and tasks are switched under load without a failed request, and are there after a start without a master', async (t) => {
  const dir = directory(t);
  const [port, https] = [await freePort(), await freePort()];
  const [one, two] = [await startApp(t), await startApp(t)];
  const options = { dir, port, https: { host: '127.0.0.1', port: https }, args: ['--worker', 'real'] };
  const { link, launcher } = await startLab(t, options);
  const tasks = [target('web.1', one.port), target('web.2', two.port)];
  const first = await issue('shop.test');
  link.useCertificates(setOf('set-0', first));
  link.publish(table(1, tasks, [route(['web.1'])]));
  await until('the set and the table are in use', () => link.certificates()?.id === 'set-0' && link.settled());
  await until('a task is ready', () => link.health('web.1')?.ready && link.health('web.2')?.ready);
  assert.equal(statSync(join(dir, 'ingress', 'certificates.json')).mode & 0o777, 0o600);

  const ca = authority.certificate;
  const kept = new Agent({ ca, keepAlive: true, maxSockets: 4 });
  const fresh = new Agent({ ca, keepAlive: false, maxSockets: 4, maxCachedSessions: 0 });
  finallyDo(t, () => [kept, fresh].map((agent) => agent.destroy()));
  let running = true;
  const failed: string[] = [];
  let served = 0;
  const load = async (agent: Agent): Promise<void> => {
    while (running) {
      const status = await ask(https, agent).catch((error: Error) => error.message);
      if (status === 200) served += 1;
      else failed.push(String(status));
    }
  };
  const loads = [kept, kept, fresh, fresh].map(load);
  let last = first;
  for (let round = 1; round <= 6; round += 1) {
    last = await issue('shop.test');
    link.useCertificates(setOf(`set-${round}`, last));
    link.publish(table(round + 1, tasks, [route([round % 2 === 0 ? 'web.1' : 'web.2'])]));
    await until('both are in use', () => link.certificates()?.id === `set-${round}` && link.settled());
    const until200 = served + 20;
    await until('it was served through', () => served >= until200 || failed.length > 0);
  }
  running = false;
  await Promise.all(loads);
  assert.deepEqual(failed, []);

  const before = await serialNow(https);
  link.close();
  await launcher.stopAll(500);
  const again = await startLab(t, {
    ...options,
    args: ['--worker', 'real', '--alone', '100', '--probing', '10000'],
    term: 2,
  });
  again.link.close();
  await until('it serves without a master', () => ask(https, fresh).catch(() => undefined));
  assert.equal(await serialNow(https), before);
});
