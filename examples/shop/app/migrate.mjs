// The release command: applies the migrations that are not applied yet, each in a transaction.
import { readdir, readFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import pg from 'pg';
import { patiently } from './database.mjs';

const folder = new URL('./migrations/', import.meta.url);
const client = await patiently(connect, () => 60_000); // nobody waits for an answer: a busy machine has time
await client.query('SELECT pg_advisory_lock(1)'); // whoever runs this by hand meanwhile waits
await client.query(`
  CREATE TABLE IF NOT EXISTS migrations (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
  CREATE TABLE IF NOT EXISTS releases (version text, container text, began_at timestamptz NOT NULL DEFAULT now())`);
await client.query('INSERT INTO releases VALUES ($1, $2)', [process.env.VERSION, hostname()]);

const { rows } = await client.query('SELECT name FROM migrations');
const applied = new Set(rows.map(({ name }) => name));
const names = (await readdir(folder)).filter((name) => name.endsWith('.sql'));
for (const name of names.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10))) {
  if (!applied.has(name)) await apply(name);
}
await client.end();

async function connect() {
  const client = new pg.Client({ connectionTimeoutMillis: 10_000 });
  await client.connect();
  return client;
}

async function apply(name) {
  try {
    await client.query('BEGIN');
    await client.query(await readFile(new URL(name, folder), 'utf8'));
    await client.query('INSERT INTO migrations VALUES ($1)', [name]);
    await client.query('COMMIT');
    console.log(`applied ${name}`);
  } catch (error) {
    console.error(`${name}: ${error.message}`); // orca shows the last lines
    process.exit(1);
  }
}
