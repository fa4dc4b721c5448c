/** Writes numbered keys, four at a time, and says on stdout what was acknowledged: the child that fault tests strike. */
import { writeSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { openStore } from '../../../../src/store/open.ts';

const [path = '', count = '0'] = process.argv.slice(2);
const say = (line: string) => writeSync(1, `${line}\n`);
const store = await openStore(`file:${path}`, { history: 50 });
say('open');
let next = 0;
await Promise.all(
  Array.from({ length: 4 }, async () => {
    while (next < Number(count)) await write(next++);
  }),
);
await store.status().then(
  () => say('durable'),
  (error) => say(`status ${error.code}`),
);
await store.close();
say('closed');

async function write(number: number): Promise<void> {
  try {
    await store.txn({ then: [{ put: `k/${number}`, value: 'v'.repeat(1000) }] });
    say(`ok ${number}`);
  } catch (error) {
    say(`refused ${number} ${(error as { code?: string }).code} ${(error as Error).message}`);
    say(`read ${(await store.get('k/0'))?.value.length}`);
    await delay(20);
  }
}
