import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({ images: ['orca-test/web:1'] });

const LINES = 100_000;
const MANIFEST = `project: shop
services:
  talker:
    image: orca-test/web:1
    logging: {max_size: 100Mi}
    command: [/bin/busybox, sh, -c, '/bin/busybox yes "a line of a log that is long" | /bin/busybox head -n ${LINES}; echo the last words; exec /bin/busybox sleep 100000']
    stop_grace: 0s
    deploy: {monitor: 0s}
`;

const all = async () => (await lab.engine.docker(['ps', '-a', '--no-trunc', '--format', '{{.Names}}'])).split('\n');
const lastWord = async (task: string) => (await lab.orca.orca('logs', 'talker', '--task', task, '--tail', '1')).stdout;

/** The task that runs, once it has said all it has to say. */
async function talked(): Promise<string> {
  return until('the log to be written', async () => {
    const [name] = (await lab.orca.containers('talker')).map((line) => line.split(' ')[1]);
    return name !== undefined && (await lastWord(name)).includes('the last words') && name;
  });
}

test('a killed task is replaced before its long log is copied, which a server that is killed meanwhile finishes', async () => {
  const { code, stderr } = await lab.orca.orca('deploy', '-f', lab.orca.manifest('shop', MANIFEST));
  assert.equal(code, 0, stderr);
  const first = await talked();
  await lab.engine.docker(['kill', first]);
  await until('another task', async () => (await lab.orca.containers('talker')).length === 1);
  lab.orca.killServer();
  await lab.orca.startServer();
  await until('the old container to be gone', async () => !(await all()).includes(first));
  assert.match(await lastWord(first), /the last words/);
});

test('a log is read from its container until it is copied, and then from the copy', async () => {
  const second = await talked();
  await lab.engine.docker(['kill', second]);
  const seen: boolean[] = [];
  await until('the container to be gone', async () => {
    seen.push((await lastWord(second)).includes('the last words'));
    return !(await all()).includes(second);
  });
  seen.push((await lastWord(second)).includes('the last words'));
  assert.deepEqual([...new Set(seen)], [true]);
});
