import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabCluster } from './cluster.ts';
import type { Lab, LabWish } from './use-cluster.ts';

/** A name server on the machine's loopback that knows one name. */
const UPSTREAM = `
  import { createSocket } from 'node:dgram';
  import { decode, encode } from 'dns-packet';
  const socket = createSocket('udp4');
  socket.on('message', (bytes, { address, port }) => {
    const { id, questions } = decode(bytes);
    const isKnown = questions[0].name.toLowerCase() === 'outside.test';
    const answers = isKnown && questions[0].type === 'A' ? [{ type: 'A', name: 'outside.test', ttl: 60, data: '192.0.2.7' }] : [];
    socket.send(encode({ type: 'response', id, flags: isKnown ? 0 : 3, questions, answers }), port, address);
  });
  socket.bind(5353, '127.0.0.1');
`;

/** The outside world for containers: `outside.test`, and nothing else. */
export const outsideWorld: Pick<LabWish, 'config' | 'prepare'> = {
  config: (dir) => {
    const file = join(dir, 'server.yml');
    writeFileSync(file, 'name_servers: ["127.0.0.1:5353"]\n');
    return file;
  },
  prepare: async ({ engine }: LabCluster) => {
    const upstream = engine.spawn([process.execPath, '--input-type=module', '--eval', UPSTREAM], { stdio: 'ignore' });
    return { stop: async () => void upstream.kill() };
  },
};

const RESOLVE = `
  import { lookup, Resolver } from 'node:dns/promises';
  const [name, kind] = process.argv.slice(1);
  const resolver = new Resolver({ timeout: 30000, tries: 1 });
  const asked = kind === 'libc' ? lookup(name, { all: true }) : resolver.resolve(name, kind);
  const words = (found) => JSON.stringify(found.map((one) => one.address ?? one).sort());
  console.log(await asked.then(words, (error) => error.code));
`;

const FETCH = `
  const [url, patience] = process.argv.slice(1);
  const asked = fetch(url, { signal: AbortSignal.timeout(Number(patience)) });
  console.log(await asked.then(({ status }) => status, () => 'no connection'));
`;

export interface Inside {
  /** The container of a service's first task. */
  containerOf(service: string): Promise<string>;
  /** Addresses as a list, or the code of the error. By c-ares, or by the C library. */
  resolve(from: string, name: string, kind?: 'A' | 'AAAA' | 'libc'): Promise<string>;
  /** The status of an HTTP answer, or `no connection` after so many ms. */
  fetch(from: string, url: string, patience?: number): Promise<string>;
}

/** What programs see that run in the containers of a lab's services. */
export function inside(lab: Lab): Inside {
  const containerOf = async (service: string) => (await lab.orca.containers(service))[0]?.split(' ')[0] ?? '';
  const run = async (service: string, program: string, ...args: readonly string[]) => {
    const node = ['/bin/node', '--input-type=module', '--eval', program, ...args];
    return (await lab.engine.docker(['exec', await containerOf(service), ...node])).trim();
  };
  return {
    containerOf,
    resolve: (from, name, kind = 'A') => run(from, RESOLVE, name, kind),
    fetch: (from, url, patience = 30_000) => run(from, FETCH, url, String(patience)),
  };
}
