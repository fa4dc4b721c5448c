import { createServer } from 'node:http';
import { connect, createServer as createTcpServer } from 'node:net';
import type { Identity } from '../../lab/certificates.ts';
import { startNode } from '../../lab/wire.ts';

/** What the bench of the wire starts beside itself, each in a process of its own: `node far-end.ts ROLE JSON`. */
const [role = '', given = '{}'] = process.argv.slice(2);
const CHUNK = Buffer.alloc(256 * 1024, 'orca');

/** Stands for Docker: a small answer, many bytes that come, many bytes that go. */
function engine({ path }: { path: string }): void {
  const small = JSON.stringify({
    Id: 'f'.repeat(64),
    State: { Status: 'running', Pid: 4711 },
    Name: '/web-1',
    Labels: {},
  });
  const server = createServer((asked, answer) => {
    const bytes = Number(/bytes=(\d+)/.exec(asked.url ?? '')?.[1] ?? 0);
    if (asked.method === 'POST') {
      asked.resume().once('end', () => answer.end('{}'));
      return;
    }
    if (bytes === 0) return void answer.end(small);
    let left = bytes;
    const send = (): void => {
      while (left > 0) {
        left -= CHUNK.length;
        if (!answer.write(CHUNK)) return void answer.once('drain', send);
      }
      answer.end();
    };
    send();
  });
  server.listen(path, () => console.log('ready'));
}

/** A node's end of the wire. Tells its memory when asked, by a line. */
function node({ id, identity, port, path }: { id: string; identity: Identity; port: number; path: string }): void {
  startNode(id, identity, port, { targets: { docker: path } });
  console.log('ready');
  process.stdin.on('data', () => console.log(process.resourceUsage().maxRSS));
}

/** A line that is so long, ms one way, and loses nothing. */
function delay({ port, ms }: { port: number; ms: number }): void {
  const server = createTcpServer((from) => {
    const to = connect({ port, host: '127.0.0.1' });
    for (const [one, other] of [[from, to] as const, [to, from] as const]) {
      one.setNoDelay(true);
      one.on('data', (bytes) => setTimeout(() => other.write(bytes), ms));
      one.on('error', () => undefined).on('close', () => other.destroy());
    }
  });
  server.listen(0, '127.0.0.1', () => console.log((server.address() as { port: number }).port));
}

const roles: Readonly<Record<string, (given: never) => void>> = { engine, node, delay };
roles[role]?.(JSON.parse(given) as never);
