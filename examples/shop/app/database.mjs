import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';

/** How long a request waits for a database that is being replaced, in ms. */
const PATIENCE = 10_000;

// PGHOST, PGUSER, PGDATABASE and PGPASSWORD say where
const pool = new pg.Pool({ max: 10, connectionTimeoutMillis: 1000, query_timeout: 5000, keepAlive: true });
pool.on('error', ({ message }) => console.error(`a connection to the database broke: ${message}`));

/** The rows of a statement. It is sent again while the database is away, so it must be one that may run twice. */
export async function query(sql, values = []) {
  const until = Date.now() + PATIENCE;
  for (;;) {
    try {
      return (await pool.query(sql, values)).rows;
    } catch (error) {
      if (!isAway(error) || Date.now() > until) throw error;
      await delay(100);
    }
  }
}

/** What PostgreSQL itself says is an error of the statement, but for: shutting down, starting up (class 57P). */
export const isAway = (error) => !(error instanceof pg.DatabaseError) || error.code?.startsWith('57P');

export const close = () => pool.end();
