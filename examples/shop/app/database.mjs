import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** How long a request waits for a database that is being replaced, in ms. */
let patience = 10_000;

// PGHOST, PGUSER, PGDATABASE and PGPASSWORD say where
const pool = new pg.Pool({ max: 10, connectionTimeoutMillis: 1000, query_timeout: 5000, keepAlive: true });
pool.on('error', ({ message }) => console.error(`a connection to the database broke: ${message}`));

/** Does it again while the database is away, so it must be something that may happen twice. */
export async function patiently(act, within = () => patience) {
  const began = Date.now();
  for (;;) {
    try {
      return await act();
    } catch (error) {
      if (!isAway(error) || Date.now() > began + within()) throw error;
      await delay(100);
    }
  }
}

/** The rows of a statement. */
export const query = (sql, values = []) => patiently(async () => (await pool.query(sql, values)).rows);

/** What PostgreSQL itself says is an error of the statement, but for: shutting down, starting up (class 57P). */
export const isAway = (error) => !(error instanceof pg.DatabaseError) || error.code?.startsWith('57P');

/** Whoever ends waits no longer: a machine that stops gives its containers ten seconds. */
export function stopWaiting() {
  patience = 0;
}

export const close = () => pool.end();
