import { posix } from 'node:path';
import { socketPathOf, unixAddress } from '../src/client/unix-address.ts';
import { OrcaError } from '../src/core/errors.ts';

/** An address as it is compared and spoken to. @throws OrcaError `malformed`, `not_yet_supported` */
export function normalise(api: string): string {
  const address = readAddress(api);
  if (address !== undefined) return address;
  if (api.startsWith('ssh://')) throw notYet(api);
  throw new OrcaError('malformed', `"${api}" is not an address of a server`, {
    hint: 'it looks like http://127.0.0.1:6880, https://orca.example.com or unix:///var/lib/orca/orca.sock',
  });
}

/** Do both name the same one? Written alike: `localhost` and `127.0.0.1` may lead to two servers. */
export const isSameAddress = (a: string, b: string): boolean => {
  const read = readAddress(a);
  return read !== undefined && read === readAddress(b);
};

/** A token may go there: nobody on the way reads it. */
export const isSafe = (api: string): boolean =>
  socketPathOf(api) !== undefined || api.startsWith('https:') || isLoopback(api);

export const isLoopback = (api: string): boolean =>
  /^(127\.[\d.]+|\[::1\]|localhost)$/.test(URL.parse(api)?.hostname ?? '');

function readAddress(api: string): string | undefined {
  const path = socketPathOf(api);
  if (path !== undefined) return unixAddress(posix.normalize(path));
  if (/^unix:/i.test(api)) return undefined;
  const url = URL.parse(/^[a-z][a-z0-9+.-]*:\/\//i.test(api) ? api : `http://${api}`);
  return url && /^https?:$/.test(url.protocol) ? url.href.replace(/\/$/, '') : undefined;
}

const notYet = (api: string): OrcaError =>
  new OrcaError('not_yet_supported', `${api}: addresses with ssh:// are not yet supported`, {
    hint: 'forward the port with `ssh -L 6880:127.0.0.1:6880 HOST`, and set ORCA_API=http://127.0.0.1:6880',
  });
