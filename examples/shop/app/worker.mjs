// Ships orders: takes jobs from Redis, and from the table what never came to Redis or was lost there.
import { writeFileSync } from 'node:fs';
import { close, query, stopWaiting } from './database.mjs';
import { connect, JOBS } from './jobs.mjs';

const SWEEP_EVERY = 5000;
const redis = connect({ maxRetriesPerRequest: 0, commandTimeout: 5000 });
let stopping = false;

/** Twice does no harm: two workers overlap in a deploy, and the sweep may meet a job that waits in Redis. */
const ship = (id) =>
  query('INSERT INTO shipments (order_id) SELECT id FROM orders WHERE id = $1 ON CONFLICT DO NOTHING', [id]);

async function sweep() {
  const forgotten = await query(`
    SELECT id FROM orders LEFT JOIN shipments ON order_id = id
    WHERE order_id IS NULL AND ordered_at < now() - interval '5 seconds' LIMIT 1000`);
  for (const { id } of forgotten) await ship(id);
}

async function work() {
  for (let swept = 0; !stopping; ) {
    try {
      if (Date.now() - swept > SWEEP_EVERY) {
        await sweep();
        swept = Date.now();
      }
      const [, id] = (await redis.brpop(JOBS, 1)) ?? [];
      if (id) await ship(id);
      writeFileSync('/tmp/works', ''); // what the health command looks for
    } catch (error) {
      console.error(`try again: ${error.message}`);
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
  redis.disconnect();
  await close();
}

process.on('SIGTERM', () => {
  stopping = true;
  stopWaiting();
});
console.log(`version ${process.env.VERSION} works`);
await work();
