import { createHash, createPrivateKey, randomUUID, sign, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { ACCOUNTS, type LabAccount } from './accounts.ts';

/**
 * A token server for docker-registry, run as a program: PORT KEY CERTIFICATE, both PEM files.
 * Without a login it gives tokens that open nothing.
 *
 * @see https://distribution.github.io/distribution/spec/auth/token/
 */
const [port = '', keyFile = '', certificateFile = ''] = process.argv.slice(2);
const key = createPrivateKey(readFileSync(keyFile));
const certificate = new X509Certificate(readFileSync(certificateFile));

const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** How libtrust names a key: the beginning of the digest of its public half, in base32. */
function keyId(): string {
  const der = certificate.publicKey.export({ type: 'spki', format: 'der' });
  const bits = [...createHash('sha256').update(der).digest().subarray(0, 30)]
    .map((byte) => byte.toString(2).padStart(8, '0'))
    .join('');
  const letters =
    bits.match(/.{5}/g)?.map((five) => 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'[Number.parseInt(five, 2)]) ?? [];
  return letters.join('').match(/.{4}/g)?.join(':') ?? '';
}

function tokenFor(account: LabAccount | undefined, service: string, scopes: readonly string[]): string {
  const access = scopes.flatMap((scope) => {
    const [type = '', name = '', actions = ''] = scope.split(':');
    const isOpen = account !== undefined && name.startsWith(account.prefix);
    return isOpen ? [{ type, name, actions: actions.split(',') }] : [];
  });
  const now = Math.floor(Date.now() / 1000);
  const times = { iat: now, nbf: now - 10, exp: now + 300 };
  const claims = { iss: 'lab', sub: account?.name ?? '', aud: service, jti: randomUUID(), ...times, access };
  const input = `${part({ typ: 'JWT', alg: 'RS256', kid: keyId() })}.${part(claims)}`;
  return `${input}.${sign('sha256', Buffer.from(input), key).toString('base64url')}`;
}

function accountOf({ headers }: IncomingMessage): LabAccount | 'nobody' | 'wrong' {
  const [, encoded] = /^Basic (.+)$/.exec(headers.authorization ?? '') ?? [];
  if (encoded === undefined) return 'nobody';
  const told = Buffer.from(encoded, 'base64').toString();
  return ACCOUNTS.find(({ name, password }) => told === `${name}:${password}`) ?? 'wrong';
}

createServer((request, response) => {
  const { searchParams } = new URL(request.url ?? '/', 'http://token.test');
  const account = accountOf(request);
  response.setHeader('content-type', 'application/json');
  if (account === 'wrong') {
    response.statusCode = 401;
    response.end(JSON.stringify({ errors: [{ code: 'UNAUTHORIZED', message: 'incorrect username or password' }] }));
    return;
  }
  const who = account === 'nobody' ? undefined : account;
  const token = tokenFor(who, searchParams.get('service') ?? '', searchParams.getAll('scope'));
  response.end(JSON.stringify({ token, expires_in: 300, issued_at: new Date().toISOString() }));
}).listen(Number(port), '127.0.0.1');
