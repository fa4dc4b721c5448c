import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({ images: ['orca-test/app:1'] });

const EATS = 'const a = []; for (;;) a.push(Buffer.alloc(8e6, 1))';
const SERVES =
  "const a = []; require('http').createServer((q, r) => { if (q.url === '/eat') setInterval(() => a.push(Buffer.alloc(8e6, 1)), 5); if (q.url === '/abort') process.abort(); r.end('ok') }).listen(8080)";

const manifest = (name: string, code: string, rest: string) =>
  lab.orca.manifest(
    name,
    `project: shop
services:
  ${name}:
    image: orca-test/app:1
    command: [/bin/node, -e, ${JSON.stringify(code)}]
${rest}`,
  );

interface Task {
  readonly health: string;
  readonly restarts: number;
  readonly last_restart: { readonly reason: string; readonly exit_code: number; readonly oom_killed: boolean } | null;
}

interface Seen {
  readonly name: string;
  readonly last_failure: { readonly reason: string } | null;
  readonly tasks: readonly Task[];
}

const later = async () => {
  const { body } = await lab.orca.api('GET', '/api/v1/status');
  return (JSON.parse(body) as { services: readonly Seen[] }).services.find(({ name }) => name === 'later');
};

const readyAfter = (restarts: number) =>
  until(`a task that is ready after ${restarts} restarts`, async () => {
    const found = await later();
    const [task] = found?.tasks ?? [];
    return task?.health === 'ready' && task.restarts === restarts ? found : undefined;
  });

/** The restarts that the decision log tells, once it tells of the last. */
async function restartsTold(last: RegExp): Promise<readonly string[]> {
  const stream = lab.orca.startOrca('events', 'later', '--after', '0');
  let text = '';
  stream.stdout?.on('data', (chunk) => {
    text += chunk;
  });
  await until('the last restart among the events', async () => last.test(text));
  stream.kill('SIGINT');
  return text.split('\n').filter((line) => line.includes('restarted'));
}

test('a deployment whose tasks run out of memory says so, with the limit', async () => {
  const file = manifest('eats', EATS, '    resources: {memory: 64Mi}\n    deploy: {monitor: 5s, deadline: 60s}\n');
  const { code, stdout, stderr } = await lab.orca.orca('deploy', '-f', file);
  assert.equal(code, 6, stdout + stderr);
  assert.match(
    stdout + stderr,
    /eats\.1 ran out of memory \(limit 64Mi\), and was restarted \d+ times before it was ready/,
  );
});

test('a restart in place is told with its reason: in status, ps and events, and by the next master too', async () => {
  const rest =
    '    port: 8080\n    domain: later.example.com\n    resources: {memory: 96Mi}\n    deploy: {monitor: 0s}\n';
  const deployed = await lab.orca.orca('deploy', '-f', manifest('later', SERVES, rest));
  assert.equal(deployed.code, 0, deployed.stdout + deployed.stderr);

  await lab.orca.ask('later.example.com', '/eat').catch(() => undefined);
  const eaten = await readyAfter(1);
  assert.equal(eaten.tasks[0]?.last_restart?.reason, 'ran out of memory (limit 96Mi)');
  assert.equal(eaten.tasks[0]?.last_restart?.oom_killed, true);
  assert.match((await lab.orca.orca('ps', 'later')).stdout, /ran out of memory \(limit 96Mi\) .* ago, restarted/);
  assert.match(
    (await lab.orca.orca('status', 'later')).stdout,
    /last failure .*later\.1 ran out of memory \(limit 96Mi\)/,
  );

  await lab.orca.ask('later.example.com', '/abort').catch(() => undefined);
  const aborted = await readyAfter(2);
  assert.equal(aborted.tasks[0]?.last_restart?.reason, 'exited with code 134 (SIGABRT)');
  assert.equal(aborted.last_failure?.reason, 'later.1 exited with code 134 (SIGABRT) and was restarted');

  await restartsTold(/SIGABRT/); // Two in short time are told with a pause between; what was told is noted in the store.
  await lab.orca.stopServer();
  await lab.orca.startServer();
  const after = await readyAfter(2);
  assert.equal(after.tasks[0]?.last_restart?.reason, 'exited with code 134 (SIGABRT)', 'the next master knows it');
  const told = await restartsTold(/SIGABRT/);
  assert.equal(told.length, 2, told.join('\n'));
  assert.match(told[0] ?? '', /running -> restarted: later\.1 ran out of memory \(limit 96Mi\) and was restarted/);
  assert.match(told[1] ?? '', /later\.1 exited with code 134 \(SIGABRT\) and was restarted/);
});
