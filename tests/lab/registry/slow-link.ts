import { existsSync } from 'node:fs';
import { createServer, request } from 'node:http';
import { Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';

/**
 * A slow way to a registry, run as a program: PORT REGISTRY_PORT GATE.
 * Answers trickle until the file GATE is there, so that a test sees a pull under way on the fastest machine.
 */
const [port = '', registryPort = '', gate = ''] = process.argv.slice(2);
const SLICE = 128 * 1024;
const PAUSE = 100;

const trickle = () =>
  new Transform({
    async transform(chunk: Buffer, _, done) {
      for (let at = 0; at < chunk.length; at += SLICE) {
        if (!existsSync(gate)) await sleep(PAUSE);
        this.push(chunk.subarray(at, at + SLICE));
      }
      done();
    },
  });

createServer((asked, answer) => {
  const { method, url: path, headers } = asked;
  const upstream = request({ host: '127.0.0.1', port: Number(registryPort), method, path, headers });
  upstream.on('response', (answered) => {
    answer.writeHead(answered.statusCode ?? 502, answered.headers);
    pipeline(answered, trickle(), answer).catch(() => answer.destroy());
  });
  upstream.on('error', () => answer.destroy());
  asked.pipe(upstream);
}).listen(Number(port), '127.0.0.1');
