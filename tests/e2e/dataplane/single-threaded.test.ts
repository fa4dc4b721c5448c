import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { type TestContext, test } from 'node:test';
import { ask, finallyDo, route, startLab, table, target, until } from './support/lab.ts';

/** One thread, which is with one connection until that ends. Answers what `Connection` it was told. */
const SERVER = `
from http.server import BaseHTTPRequestHandler, HTTPServer
class Handler(BaseHTTPRequestHandler):
  protocol_version = 'HTTP/1.1'
  def do_GET(self):
    body = self.headers.get('Connection', 'none').encode()
    self.send_response(200)
    self.send_header('Content-Length', str(len(body)))
    self.end_headers()
    self.wfile.write(body)
  def log_message(self, *_):
    pass
server = HTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
`;

async function startPython(t: TestContext): Promise<number> {
  const child = spawn('python3', ['-u', '-c', SERVER], { stdio: ['ignore', 'pipe', 'inherit'] });
  finallyDo(t, () => child.kill('SIGKILL'));
  const [line] = await once(child.stdout, 'data');
  return Number(String(line));
}

/** More than its queue takes: some are accepted out of turn, which must not make it look like one that does several at once. */
test('a burst of requests to a server with one thread is answered whole', async (t) => {
  const { port, link } = await startLab(t, { args: ['--worker', 'real'] });
  const own = await startPython(t);
  const probe = { path: '/', port: own, interval: 200, timeout: 3000, failures: 3 };
  link.publish(table(1, [target('a', own, { probe })], [route(['a'])]));
  await until('ready', () => link.settled() && link.health('a')?.ready);
  const answers = await Promise.all(Array.from({ length: 40 }, () => ask(port)));
  assert.deepEqual([...new Set(answers.map(({ status }) => status))], [200]);
});

test('a server with one thread serves two workers and the probes: nobody waits for a kept connection, and none is kept', async (t) => {
  const { port, link } = await startLab(t, { args: ['--worker', 'real'] });
  const own = await startPython(t);
  const probe = { path: '/', port: own, interval: 200, timeout: 3000, failures: 1 };
  link.publish(table(1, [target('a', own, { probe })], [route(['a'])]));
  await until('ready', () => link.settled() && link.health('a')?.ready);
  const since = link.health('a')?.since;
  await until('it is noticed', async () => {
    const { status, body } = await ask(port);
    assert.equal(status, 200);
    return body === 'close';
  });
  for (let count = 0; count < 40; count += 1) assert.deepEqual(await ask(port), { status: 200, body: 'close' });
  assert.deepEqual([link.health('a')?.ready, link.health('a')?.since], [true, since], 'one miss would take it out');
  assert.equal(link.stats('a')?.failed, 0);
});
