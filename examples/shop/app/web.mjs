// The shop: takes orders and uploads.
//   POST /orders          {item} -> {id, receipt}
//   GET  /orders/ID       {id, item, shipped}
//   GET  /orders          how many there are, and how many are shipped
//   PUT  /uploads/NAME, GET /uploads/NAME
import { createHmac, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { close, isAway, query, stopWaiting } from './database.mjs';
import { connect, JOBS } from './jobs.mjs';
import { find, isName, keep } from './uploads.mjs';

const settings = JSON.parse(readFileSync('/etc/shop/shop.json', 'utf8'));
// an order does not wait for Redis
const redis = connect({ enableOfflineQueue: false, commandTimeout: 500, maxRetriesPerRequest: 0 });

class Refused extends Error {
  constructor(status, message) {
    super(message);
    this.status = status;
  }
}

const routes = {
  'GET /': () => [200, `${settings.greeting}, version ${process.env.VERSION}\n`],
  // not whether the database answers: no other task would have a better one
  'GET /healthz': () => [200, 'ok\n'],
  'GET /orders': async () => {
    const [row] = await query(
      'SELECT (SELECT count(*) FROM orders) AS ordered, (SELECT count(*) FROM shipments) AS shipped',
    );
    return [200, { ordered: Number(row.ordered), shipped: Number(row.shipped) }];
  },
  'GET /orders/': async (_request, id) => {
    const sql = 'SELECT id, item, shipped_at FROM orders LEFT JOIN shipments ON order_id = id WHERE id::text = $1';
    const [row] = await query(sql, [id]);
    if (!row) throw new Refused(404, 'no such order');
    return [200, { id: row.id, item: row.item, shipped: row.shipped_at !== null }];
  },
  'POST /orders': async (request) => {
    const { item } = parse(await read(request, 10_000));
    if (typeof item !== 'string' || item === '') throw new Refused(400, 'what is the item?');
    const id = randomUUID();
    await query('INSERT INTO orders (id, item) VALUES ($1, $2) ON CONFLICT DO NOTHING', [id, item]);
    await redis.lpush(JOBS, id).catch(({ message }) => console.error(`order ${id} waits for the worker: ${message}`));
    return [201, { id, receipt: createHmac('sha256', process.env.RECEIPT_KEY).update(id).digest('hex') }];
  },
  'PUT /uploads/': async (request, name) => {
    if (!isName(name)) throw new Refused(400, 'a name has letters, digits, dots and dashes, 100 at most');
    await keep(name, await read(request, settings.max_upload_bytes));
    return [201, `kept ${name}\n`];
  },
  'GET /uploads/': async (_request, name) => {
    const upload = isName(name) ? await find(name) : undefined;
    if (!upload) throw new Refused(404, 'no such upload');
    return [200, upload];
  },
};

async function read(request, limit) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > limit) throw new Refused(413, `${limit} bytes at most`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

function parse(text) {
  try {
    return Object(JSON.parse(text));
  } catch {
    throw new Refused(400, 'not JSON');
  }
}

/** `/orders/ID` -> the route of `/orders/`, and the ID. */
function routeOf({ method, url }) {
  const path = url.split('?')[0];
  const [, folder, name] = /^(\/\w+\/)([^/]+)$/.exec(path) ?? [undefined, path, ''];
  return [routes[`${method} ${folder}`], name];
}

function send(response, status, body) {
  response.statusCode = status;
  if (body.content) return body.content.on('error', (error) => response.destroy(error)).pipe(response);
  if (typeof body === 'string') return response.end(body);
  return response.setHeader('Content-Type', 'application/json').end(`${JSON.stringify(body)}\n`);
}

/** What the shop itself could not do carries its mark: X-Shop-Error. */
function sendError(response, error) {
  const status = error.status ?? (isAway(error) ? 503 : 500);
  if (status === 500) console.error(error);
  if (status === 503) console.error(`the database is away: ${error.message}`);
  response.setHeader('X-Shop-Error', status === 503 ? 'database' : 'refused');
  send(response, status, `${status < 500 ? error.message : 'try again later'}\n`);
}

const server = createServer(async (request, response) => {
  response.setHeader('X-Version', process.env.VERSION);
  try {
    const [route, name] = routeOf(request);
    if (!route) throw new Refused(404, 'no such page');
    send(response, ...(await route(request, name)));
  } catch (error) {
    sendError(response, error);
  }
});

// orca sends no requests any more when it says SIGTERM
process.on('SIGTERM', () => {
  stopWaiting();
  server.close(async () => {
    await close();
    redis.disconnect();
  });
  server.closeIdleConnections();
});
server.listen(8080, () => console.log(`version ${process.env.VERSION} listens`));
