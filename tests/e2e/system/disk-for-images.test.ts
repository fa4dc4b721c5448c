import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { after, before, describe, it } from 'node:test';
import { type LabCluster, startCluster } from '../../lab/cluster.ts';
import { run } from '../../lab/command.ts';
import { type EngineWish, type LabEngine, startEngine } from '../../lab/engine.ts';
import type { Registry } from '../../lab/registry/registry.ts';

const SIZE = 24 * 1024 * 1024;

/** An engine with a small disk, on which version 1 of a service runs; the large version 2 is in the registry alone. */
function useSmallDisk(wish: EngineWish) {
  const lab = {} as { engine: LabEngine; orca: LabCluster; registry: Registry };
  before(async () => {
    lab.engine = await startEngine(wish);
    await lab.engine.ensureImage('orca-test/web:1');
    lab.registry = await lab.engine.startRegistry();
    await pushLarge(lab.engine, lab.registry);
    lab.orca = await startCluster(lab.engine);
    await lab.orca.startServer();
    const { code, stderr } = await deploy(lab.orca, 'orca-test/web:1');
    assert.equal(code, 0, stderr);
  });
  after(async () => {
    await lab.orca?.stop();
    await lab.registry?.stop();
    await lab.engine?.stop();
  });
  return lab;
}

/** What was pushed is removed from the engine, so that its disk is as it was. */
async function pushLarge(engine: LabEngine, registry: Registry): Promise<void> {
  writeFileSync(join(engine.dir, 'filler'), randomBytes(SIZE));
  const name = 'orca-test/large:2';
  const container = (await engine.docker(['create', 'orca-test/web:1'])).trim();
  await engine.docker(['cp', join(engine.dir, 'filler'), `${container}:/filler`]);
  await engine.docker(['commit', container, name]);
  await engine.docker(['rm', container]);
  await registry.push(name, 'large:2');
  await engine.docker(['rmi', name]);
}

const deploy = (orca: LabCluster, image: string, ...options: readonly string[]) =>
  orcaWith(orca, 'deploy', image, ...options);

const orcaWith = (orca: LabCluster, verb: string, image: string, ...options: readonly string[]) =>
  orca.orca(verb, ...options, '-f', manifestOf(orca, image));

const manifestOf = (orca: LabCluster, image: string): string =>
  orca.manifest(
    'shop',
    `project: shop
services:
  web:
    image: ${image}
    port: 8080
    domain: shop.example.com
    health: /healthz
    deploy: {monitor: 100ms, deadline: 120s}
`,
  );

const FILLER = 'filler-of-others';

/** Others fill the engine's disk until so many bytes are left. */
async function fill({ dir, namespace }: LabEngine, left: number): Promise<void> {
  const script = 'head -c "$(($(df -B1 --output=avail . | tail -1) - $1))" /dev/zero > "$2"';
  const place = join(dir, 'data');
  await run(namespace.within(['env', '-C', place, 'sh', '-c', script, 'sh', String(left), FILLER]));
}

const unfill = ({ dir, namespace }: LabEngine) => run(namespace.within(['rm', join(dir, 'data', FILLER)]));

interface Pull {
  readonly done: number;
  readonly total: number | null;
}

/** What a deploy tells of its pull, which may go on once some of it was told. */
async function pullsOf(orca: LabCluster, image: string, goOn: () => void): Promise<readonly Pull[]> {
  const child = orca.startOrca('deploy', '--json', '-f', manifestOf(orca, image));
  const ended = once(child, 'close');
  let told = '';
  child.stderr?.on('data', (chunk) => {
    told += chunk;
  });
  const pulls: Pull[] = [];
  for await (const line of createInterface({ input: child.stdout as Readable })) {
    told += `${line}\n`;
    const { pull } = JSON.parse(line) as { readonly pull?: Pull | null };
    if (pull) pulls.push(pull);
    if (pull && pull.done > 0) goOn();
  }
  assert.deepEqual(await ended, [0, null], told);
  assert.ok(
    pulls.some(({ done }) => done > 0),
    told,
  );
  return pulls;
}

const untouched = async ({ engine, orca }: { engine: LabEngine; orca: LabCluster }) => {
  assert.equal((await orca.ask('shop.example.com')).body, '1\n');
  const status = JSON.parse((await orca.api('GET', '/api/v1/status')).body);
  assert.deepEqual(
    status.services.map(({ serving_revision, running_replicas }: Record<string, unknown>) => [
      serving_revision,
      running_replicas,
    ]),
    [[1, 1]],
  );
  assert.doesNotMatch(await engine.docker(['images', '--digests']), /large/);
};

describe('a disk that has no room for an image', () => {
  const lab = useSmallDisk({ disk: '96m', diskIsSeen: true });

  it('is told before the pull, with the numbers; nothing is changed, and with room it is pulled, told in bytes', async () => {
    const { host, hurry } = await lab.registry.slowLink();
    await fill(lab.engine, SIZE / 2);
    const planned = await orcaWith(lab.orca, 'plan', `${host}/large:2`, '--json');
    const { pull, warnings } = JSON.parse(planned.stdout);
    assert.ok(pull[0].bytes > SIZE, planned.stdout);
    assert.match(warnings.join('\n'), /^web: image ".*large:2" does not fit on the disk/m);
    const { code, stdout, stderr } = await deploy(lab.orca, `${host}/large:2`);
    assert.equal(code, 5, stdout + stderr);
    assert.match(
      stdout + stderr,
      /does not fit on the disk: it needs more than about 24 MiB \(compressed\), and \d+ MiB are free in \/\S+\/data: see .*orca system df/,
    );
    await untouched(lab);

    await unfill(lab.engine);
    const pulls = await pullsOf(lab.orca, `${host}/large:2`, hurry);
    for (const { done, total } of pulls) assert.ok(done >= 0 && (total === null || done <= total));

    const { images, nodes } = JSON.parse((await lab.orca.orca('system', 'df', '--json')).stdout);
    assert.equal(nodes[0].disk.path, join(lab.engine.dir, 'data'));
    assert.deepEqual(
      images.map(({ services, removable }: Record<string, unknown>) => [services, removable]),
      [[['shop/web'], false]],
    );
    const pruned = await lab.orca.orca('system', 'prune', '--yes');
    assert.equal(pruned.code, 0, pruned.stderr);
    assert.match(pruned.stderr, /nothing was removed: everything orca brought is needed/);
  });
});

describe('a disk that fills up in the middle of a pull', () => {
  const lab = useSmallDisk({ disk: '96m' });

  it('fails the deploy with that reason; nothing is changed, and with room it goes on', async () => {
    await fill(lab.engine, SIZE / 2);
    const { code, stdout, stderr } = await deploy(lab.orca, `${lab.registry.host}/large:2`);
    assert.equal(code, 5, stdout + stderr);
    assert.match(
      stdout + stderr,
      /the disk of the docker host is full: image ".*large:2" cannot be pulled: see .*orca system df/,
    );
    await untouched(lab);

    await unfill(lab.engine);
    const again = await deploy(lab.orca, `${lab.registry.host}/large:2`);
    assert.equal(again.code, 0, again.stdout + again.stderr);
  });
});
