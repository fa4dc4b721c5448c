import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../lab/until.ts';
import { useCluster } from '../../lab/use-cluster.ts';

const lab = useCluster({
  images: ['orca-test/web:1', 'orca-test/thief:1'],
  begin: async () => void (await deployVictim()),
});

const manifest = (project: string, name: string, keys: string) =>
  lab.orca.manifest(name, `project: ${project}\nservices:\n  ${name}:\n${keys}    deploy: {monitor: 0s}\n`);

async function deploy(path: string): Promise<void> {
  const { code, stdout, stderr } = await lab.orca.orca('deploy', '-f', path);
  assert.equal(code, 0, stdout + stderr);
}

const deployVictim = () =>
  deploy(
    manifest('b', 'victim', '    image: orca-test/web:1\n    port: 8080\n    domain: b.test\n    health: /healthz\n'),
  );
const deployThief = async (way: string) => {
  const command = `[perl, /thief.pl, ${way}, ${await addressOf('victim')}]`;
  await deploy(
    manifest('a', 'thief', `    image: orca-test/thief:1\n    cap_keep: [NET_RAW]\n    command: ${command}\n`),
  );
  // A deploy does not wait for the end of what it has replaced.
  await until('the thief before to be gone', async () => (await lab.orca.containers('thief')).length === 1);
  return nameOf('thief');
};

const nameOf = async (service: string): Promise<string> => (await lab.orca.containers(service))[0]?.split(' ')[1] ?? '';
const edgeOf = async (container: string) =>
  Object.values(JSON.parse(await lab.engine.docker(['inspect', container]))[0].NetworkSettings.Networks)[0] as {
    readonly IPAddress: string;
    readonly MacAddress: string;
    readonly NetworkID: string;
  };
const addressOf = async (service: string) => (await edgeOf(await nameOf(service))).IPAddress;
const bridge = async () => `br-${(await edgeOf(await nameOf('victim'))).NetworkID.slice(0, 12)}`;
const answers = async () => (await lab.orca.ask('b.test')).body === '1\n';

const json = async (...argv: string[]) => JSON.parse((await lab.engine.exec(argv)).trim() || '[]');
const neighbours = async (): Promise<string[]> => {
  const lines = await json('ip', '-4', '-j', 'neigh', 'show', 'dev', await bridge(), 'nud', 'permanent');
  return lines.map(({ dst, lladdr }: { dst: string; lladdr: string }) => `${dst} ${lladdr}`);
};
/** Of each port of a bridge: isolated, learning, flooding. */
const ports = async (name: string): Promise<string[]> =>
  (await json('ip', '-d', '-j', 'link', 'show', 'master', name)).map(
    ({ linkinfo: { info_slave_data: port } }: { linkinfo: { info_slave_data: Record<string, boolean> } }) =>
      `${port.isolated} ${port.learning} ${port.flood}`,
  );
const isLocked = async (containers: number): Promise<boolean> => {
  const found = await ports(await bridge());
  return found.length === containers && found.every((port) => port === 'true false false');
};

for (const way of ['arp', 'mac']) {
  test(`a thief that keeps NET_RAW takes nothing of another project (${way})`, async () => {
    const thief = await deployThief(way);
    const claimed = async () => (await lab.engine.docker(['logs', thief])).match(/^claimed/gm)?.length ?? 0;
    for (let round = 0; round < 5; round += 1) {
      const before = await claimed();
      await until('the thief to claim more', async () => (await claimed()) > before + 1);
      for (let request = 0; request < 5; request += 1) assert.ok(await answers());
    }
    assert.doesNotMatch(await lab.engine.docker(['logs', thief]), /^(taken|no raw)/m);
    await until('two locked ports', () => isLocked(2));
  });
}

test('tasks that Docker starts anew are locked again, the thief running', async () => {
  await lab.engine.docker(['restart', '--time', '1', await nameOf('victim'), await nameOf('thief')]);
  await until('both ports to be locked', () => isLocked(2));
  await until('an answer', answers);
});

test('a master that was killed finds what was taken away from the lock, and touches no other network', async () => {
  await lab.engine.docker(['network', 'create', 'theirs']);
  await lab.engine.docker(['run', '--detach', '--name', 'other', '--network', 'theirs', 'orca-test/web:1']);
  const { NetworkID } = await edgeOf('other');
  lab.orca.killServer();
  const edge = await bridge();
  const [port] = await json('ip', '-j', 'link', 'show', 'master', edge);
  const victim = await edgeOf(await nameOf('victim'));
  await lab.engine.exec(['ip', 'neigh', 'del', victim.IPAddress, 'dev', edge]);
  await lab.engine.exec([
    'ip',
    'neigh',
    'replace',
    '10.208.9.9',
    'lladdr',
    '02:42:0a:d0:09:09',
    'dev',
    edge,
    'nud',
    'permanent',
  ]);
  await lab.engine.exec([
    'bridge',
    'link',
    'set',
    'dev',
    port.ifname,
    'isolated',
    'off',
    'learning',
    'on',
    'flood',
    'on',
  ]);
  await lab.engine.exec(['sh', '-c', `echo 0 >/proc/sys/net/ipv6/conf/${edge}/disable_ipv6`]);
  await lab.orca.startServer();
  // What the first look misses is put right by the next one, 30 s later.
  const isWhole = async () => {
    const found = await neighbours();
    return found.includes(`${victim.IPAddress} ${victim.MacAddress}`) && found.length === 2 && (await isLocked(2));
  };
  await until('the lock to be whole', isWhole);
  assert.equal(await lab.engine.exec(['cat', `/proc/sys/net/ipv6/conf/${edge}/disable_ipv6`]), '1\n');
  assert.deepEqual(await ports(`br-${NetworkID.slice(0, 12)}`), ['false true true']);
  await lab.engine.docker(['rm', '--force', 'other']);
});

test('what was locked for a task goes with it', async () => {
  const gone = await addressOf('thief');
  assert.ok((await neighbours()).some((line) => line.startsWith(`${gone} `)));
  assert.equal((await lab.orca.orca('rm', 'thief', '--yes')).code, 0);
  await until('the entry to go', async () => (await neighbours()).length === 1);
  assert.ok(!(await neighbours()).some((line) => line.startsWith(`${gone} `)));
  assert.ok(await answers());
  assert.doesNotMatch((await lab.orca.orca('status')).stderr, /NET_RAW/);
});
