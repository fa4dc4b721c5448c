import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { encode, RECURSION_DESIRED } from 'dns-packet';

export interface Lookups {
  readonly asked: number;
  readonly answered: number;
  /** ms */
  readonly p99: number;
}

/** So many at a time. */
const EVERY = 10;

/** Asks for one name over UDP at a steady rate, whether it is answered or not. */
export async function lookUp(server: string, name: string, rate: number, seconds: number): Promise<Lookups> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const sent = new Map<number, number>();
  const took: number[] = [];
  socket.on('message', (answer) => {
    const id = answer.readUInt16BE(0);
    const at = sent.get(id);
    if (at !== undefined) took.push(performance.now() - at);
    sent.delete(id);
  });
  const question = encode({ type: 'query', flags: RECURSION_DESIRED, questions: [{ name, type: 'A', class: 'IN' }] });
  const began = performance.now();
  let asked = 0;
  for (let elapsed = 0; elapsed < seconds * 1000; elapsed = performance.now() - began) {
    for (; asked < (elapsed * rate) / 1000; asked += 1) {
      const packet = Buffer.from(question);
      packet.writeUInt16BE(asked % 65_536, 0);
      sent.set(asked % 65_536, performance.now());
      socket.send(packet, 53, server);
    }
    await sleep(EVERY);
  }
  await sleep(100);
  socket.close();
  took.sort((a, b) => a - b);
  return { asked, answered: took.length, p99: took[Math.floor(took.length * 0.99)] ?? Number.NaN };
}
