import type { Reading } from '../../units.ts';
import type { PublishedPort } from '../service-spec.ts';
import { isIp } from './ip-address.ts';
import { read, shown, text } from './read.ts';

const EXPECTED = 'expected host:container or address:host:container, such as "127.0.0.1:9000:9000"';
const PORT = /^(?:(?:(\[[^\]]*\]|[^:[\]]*):)?(\d{1,5}):)?(\d{1,5})(?:\/([a-z]+))?$/;

const FORM = '^(?:(?:\\[[^\\]]*\\]|[^:[\\]]*):)?\\d{1,5}:\\d{1,5}(?:/(?:tcp|udp))?$';

export const publishedPort = () => read(shown(text(EXPECTED, 100), { pattern: FORM }), parsePublishedPort);

/** `9000:80`, `0.0.0.0:9000:80/udp`, `[::1]:9000:80`. Loopback unless an address is given. */
export function parsePublishedPort(written: string): Reading<PublishedPort> {
  const [, host = '127.0.0.1', hostPort, containerPort, protocol = 'tcp'] = PORT.exec(written) ?? [];
  if (containerPort === undefined) return { message: EXPECTED };
  if (hostPort === undefined) return { message: EXPECTED, hint: `did you mean ${containerPort}:${containerPort}?` };
  const address = host.replace(/^\[(.*)\]$/, '$1').toLowerCase();
  if (!isIp(address)) return { message: 'expected an IP address before the ports' };
  if (protocol !== 'tcp' && protocol !== 'udp') return { message: 'expected the protocol /tcp or /udp' };
  const port = { address, host: Number(hostPort), container: Number(containerPort), protocol } as const;
  const valid = [port.host, port.container].every((number) => number >= 1 && number <= 65535);
  return valid ? { value: port } : { message: 'expected ports from 1 to 65535' };
}
