import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect } from 'node:tls';
import { type Pebble, startPebble } from '../../lab/pebble.ts';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const PORTS = { acme: 14_000, management: 15_000, dns: 8053, dnsManagement: 8055 };
const NAME = 'shop.example.com';

let pebble: Pebble;
const lab = useCluster({
  images: ['orca-test/web:1'],
  config: (dir) => {
    const file = join(dir, '../server.yml');
    // The CA's own name server knows the names; this machine's does not.
    const acme = { directory: `https://127.0.0.1:${PORTS.acme}/dir`, ca: join(dir, '../pebble.pem'), check: 'off' };
    writeFileSync(file, JSON.stringify({ acme }));
    return file;
  },
  prepare: async ({ engine }) => {
    pebble = await startPebble({
      httpPort: 80,
      tlsPort: 443,
      ports: PORTS,
      inside: (argv) => engine.namespace.inside(argv),
      get: (url) => engine.exec(['curl', '--fail', '--silent', '--show-error', '--insecure', url]),
    });
    writeFileSync(join(engine.dir, 'pebble.pem'), pebble.trust);
    return pebble;
  },
});

const orca = async (...args: readonly string[]): Promise<string> => {
  const { code, stdout, stderr } = await lab.orca.orca(...args);
  assert.equal(code, 0, `orca ${args.join(' ')}: ${stdout}${stderr}`);
  return stdout;
};

/** One request on a connection of its own, by who believes this CA alone. @returns the serial of the certificate, and the status line */
function ask(name: string, ca: string): Promise<{ readonly serial: string; readonly answer: string }> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: lab.engine.address, port: 443, servername: name, ca, ALPNProtocols: ['http/1.1'] });
    let text = '';
    socket.setEncoding('latin1');
    socket.once('error', reject);
    socket.once('secureConnect', () => {
      const serial = socket.getPeerCertificate().serialNumber;
      socket.write(`GET / HTTP/1.1\r\nhost: ${name}\r\nconnection: close\r\n\r\n`);
      socket.on('data', (chunk: string) => {
        text += chunk;
      });
      socket.once('close', () => resolve({ serial, answer: text.split('\r\n')[0] ?? '' }));
    });
  });
}

const service = (name: string, domain: string, more = ''): string =>
  `  ${name}:\n    image: orca-test/web:1\n    port: 8080\n    domain: ${domain}\n    deploy: {monitor: 0s}\n${more}`;

test('a domain is served with a certificate of the CA soon after its deploy, and with a renewed one without a failed handshake', async () => {
  const file = lab.orca.manifest('shop', `project: shop\nservices:\n${service('web', NAME)}`);
  await orca('deploy', '-f', file);
  assert.match(await orca('certs'), /shop\.example\.com +shop\/web .*waits for `orca certs agree`/);
  await orca('certs', 'agree', '--yes', '--email', 'ops@example.com');
  const root = await pebble.root();
  const first = await until('it to be served with a certificate of the CA', () => ask(NAME, root));
  assert.match(first.answer, /^HTTP\/1\.1 200/);
  assert.match(await orca('certs'), /shop\.example\.com +shop\/web +Pebble Intermediate CA/);

  await orca('certs', 'renew', NAME);
  // Handshakes one after the other, each of which must be believed, until the new certificate has been seen.
  const failures: unknown[] = [];
  await until('the renewed certificate', async () => {
    const { serial, answer } = await ask(NAME, root).catch((error: Error) => ({ serial: '', answer: error.message }));
    if (!/^HTTP\/1\.1 200/.test(answer)) failures.push(answer);
    return failures.length > 0 || serial !== first.serial;
  });
  assert.deepEqual(failures, []);
});

test('a name that no public CA signs is served with a certificate of the cluster', async () => {
  const file = lab.orca.manifest('nas', `project: nas\nservices:\n${service('web', 'nas.lan', '    tls: internal\n')}`);
  await orca('deploy', '-f', file);
  const ca = await until('the CA of the cluster', () => orca('certs', 'ca'));
  const { answer } = await until('it to be served with its certificate', () => ask('nas.lan', ca));
  assert.match(answer, /^HTTP\/1\.1 200/);
});
