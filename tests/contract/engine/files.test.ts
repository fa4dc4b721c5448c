import assert from 'node:assert/strict';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { readTar } from '../../../src/client/archive/read-tar.ts';
import { ownerOf } from '../../../src/core/copy/owner-header.ts';
import { LABEL } from '../../../src/core/model/container.ts';
import type { ResolvedImage } from '../../../src/core/model/revision.ts';
import { digestOf } from '../../../src/core/model/schema/files.ts';
import type { ContainerFile, Engine } from '../../../src/engine/engine.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { until } from '../../lab/until.ts';
import { adapter, containerOf, EDGE, localImage, POOL, specOf } from './fixtures.ts';

let lab: LabEngine;
let engine: Engine;
let image: ResolvedImage;
let host = 10;

before(async () => {
  lab = await startEngine();
  await lab.ensureImage('orca-test/web:1');
  engine = adapter(lab);
  image = await localImage(engine, 'orca-test/web:1');
  await engine.ensureEdge(EDGE, POOL);
});
after(() => lab?.stop());

const file = (target: string, content: string | Buffer, rest: Partial<ContainerFile> = {}): ContainerFile => ({
  target,
  content: Buffer.from(content),
  mode: 0o444,
  uid: 0,
  gid: 0,
  ...rest,
});

const FILES = [
  file('/etc/app.conf', 'a = 1\n'),
  file('/run/secrets/db_password', 'hunter2', { mode: 0o400, uid: 999, gid: 999 }),
  file('/etc/large.conf', 'b = 2\n', { mode: 0o400, uid: 999_999_999, gid: 300_000 }),
  file(`/deep/${'n'.repeat(120)}/${'m'.repeat(120)}/file`, 'x'),
];

function container(files: readonly ContainerFile[], rest: object = {}) {
  const specs = files.map(({ target, content }) => ({
    target,
    mode: '0444',
    owner: '0:0',
    sha256: digestOf(content),
    size: content.length,
  }));
  host += 1;
  const command = ['/bin/busybox', 'sleep', '100000'];
  const spec = specOf({ command, entrypoint: [], restart: 'always', files: specs, ...rest });
  return containerOf({ image, spec, files, address: `10.208.0.${host}` });
}

const inside = (name: string, ...command: string[]): Promise<string> =>
  lab.docker(['exec', name, '/bin/busybox', ...command]).then((text) => text.trimEnd());
const seen = async (name: string, target: string) => [
  await inside(name, 'stat', '-c', '%a %u:%g', target),
  await inside(name, 'cat', target),
];

/** The same by copying it out: after a restart Docker may refuse to run anything in a container, for good. */
async function copied(name: string, target: string): Promise<string[]> {
  const found: string[] = [];
  const { bytes } = await engine.readArchive(name, target);
  await readTar(bytes, async ({ type, mode = 0, ...entry }, content) => {
    const { uid, gid } = ownerOf(entry);
    found.push(`${(mode & 0o7777).toString(8)} ${uid}:${gid}`);
    if (type === 'file') found.push((await buffer(content)).toString().trimEnd());
  });
  return found;
}

test('files are in the container when it starts, with mode and owner, and stay when docker restarts it', async () => {
  const one = container(FILES);
  await engine.create(one);
  await engine.start(one.name);
  const check = async (look: (name: string, target: string) => Promise<string[]>) => {
    assert.deepEqual(await look(one.name, '/etc/app.conf'), ['444 0:0', 'a = 1']);
    assert.deepEqual(await look(one.name, '/run/secrets/db_password'), ['400 999:999', 'hunter2']);
    assert.deepEqual(await look(one.name, '/etc/large.conf'), ['400 999999999:300000', 'b = 2']);
    assert.deepEqual((await look(one.name, FILES[3]?.target ?? ''))[1], 'x');
  };
  await check(seen);
  assert.equal(await inside(one.name, 'stat', '-c', '%a %u:%g', '/run/secrets'), '755 0:0');
  const pid = () => lab.docker(['inspect', '--format', '{{.State.Pid}}', one.name]);
  const before = await pid();
  await lab.docker(['restart', '-t', '0', one.name]);
  assert.notEqual(await pid(), before);
  await check(copied);
  assert.equal((await copied(one.name, '/run/secrets'))[0], '755 0:0');
});

test('a container that was made and never got its files gets them when it is adopted', async () => {
  const one = container([]);
  await engine.create(one);
  const whole = { ...container(FILES), name: one.name, labels: one.labels };
  await engine.create(whole);
  await engine.start(one.name);
  assert.deepEqual(await seen(one.name, '/etc/app.conf'), ['444 0:0', 'a = 1']);
});

test('a read-only container has its files too, in folders that go with it', async () => {
  const files = [
    file('/run/secrets/db_password', 'hunter2', { mode: 0o400, uid: 999, gid: 999 }),
    file('/run/secrets/more/key', 'k'),
    file('/etc/app/app.conf', 'a = 1\n'),
  ];
  const before = await lab.docker(['volume', 'ls', '-q']);
  const one = container(files, { readOnly: true, user: '999:999', tmpfs: { '/run': 'size=1048576' } });
  await engine.create(one);
  await engine.start(one.name);
  assert.deepEqual(await seen(one.name, '/run/secrets/db_password'), ['400 999:999', 'hunter2']);
  assert.deepEqual(await seen(one.name, '/run/secrets/more/key'), ['444 0:0', 'k']);
  assert.deepEqual(await seen(one.name, '/etc/app/app.conf'), ['444 0:0', 'a = 1']);
  for (const path of ['/etc/x', '/run/secrets/x', '/etc/app/x'])
    await assert.rejects(inside(one.name, 'touch', path), /Read-only|Permission denied/);
  await lab.docker(['restart', '-t', '0', one.name]);
  assert.deepEqual(await copied(one.name, '/run/secrets/db_password'), ['400 999:999', 'hunter2']);
  await engine.stop(one.name, 0);
  await engine.remove(one.name);
  await until('its folders to be gone', async () => (await lab.docker(['volume', 'ls', '-q'])) === before);
});

test('folders of files that lost their container are removed, and no other volume is', async () => {
  const secret = [file('/run/secrets/key', 'k')];
  const [kept, lost] = [container(secret, { readOnly: true }), container(secret, { readOnly: true })];
  for (const one of [kept, lost]) await engine.create(one);
  await lab.docker(['volume', 'create', 'mine']);
  const labelled = (cluster: string) => ['--label', `${LABEL.cluster}=${cluster}`, '--label', `${LABEL.kind}=files`];
  await lab.docker(['volume', 'create', ...labelled('c2'), 'of-another-cluster']);
  await lab.docker(['create', '--name', 'asks', '--volume', '/data', 'orca-test/web:1']);
  const folder = async (name: string) =>
    (await lab.docker(['inspect', '--format', '{{range .Mounts}}{{.Name}}{{end}}', name])).trim();
  const [folderOfKept, folderOfLost] = [await folder(kept.name), await folder(lost.name)];
  const before = (await lab.docker(['volume', 'ls', '-q'])).trim().split('\n');
  assert.deepEqual(await engine.removeLeftFileVolumes(), []);
  for (const name of [lost.name, 'asks']) await lab.docker(['rm', name]);
  assert.deepEqual(await engine.removeLeftFileVolumes(), [folderOfLost]);
  const left = (await lab.docker(['volume', 'ls', '-q'])).trim().split('\n');
  assert.deepEqual(
    left,
    before.filter((name) => name !== folderOfLost),
  );
  await engine.start(kept.name);
  assert.deepEqual(await seen(kept.name, '/run/secrets/key'), ['444 0:0', 'k']);
  await engine.remove(kept.name);
  await until('its folder to be gone', async () => !(await lab.docker(['volume', 'ls', '-q'])).includes(folderOfKept));
});

test('a file under a tmpfs is seen, beside what is in memory only', async () => {
  const files = [file('/run/secrets/key', 'k'), file('/etc/app.conf', 'a = 1\n')];
  const one = container(files, { tmpfs: { '/run': 'size=1048576' } });
  await engine.create(one);
  await engine.start(one.name);
  assert.deepEqual(await seen(one.name, '/run/secrets/key'), ['444 0:0', 'k']);
  assert.deepEqual(await seen(one.name, '/etc/app.conf'), ['444 0:0', 'a = 1']);
  assert.match(await inside(one.name, 'grep', ' /run ', '/proc/mounts'), /tmpfs/);
});

test('a file does not take the place of a folder of the image, nor of a link to one: it is refused, and says why', async () => {
  const shipped = container([file('/opt/app/bin/run', 'r')]);
  await engine.create(shipped);
  const made = await lab.docker(['commit', '-c', 'CMD ["x"]', shipped.name, 'orca-test/with-folders:1']);
  assert.match(made, /^sha256:/);
  const withFolders = await localImage(engine, 'orca-test/with-folders:1');
  const of = (target: string, rest: object = {}) => ({ ...container([file(target, 'x')], rest), image: withFolders });
  for (const one of [of('/opt/app'), of('/opt/app/bin', { readOnly: true })])
    await assert.rejects(engine.create(one), {
      code: 'conflict',
      message: `the file ${one.files?.[0]?.target} cannot be made: the image has a folder there`,
    });
  const linked = of('/opt/link');
  await engine.create(of('/opt/app/bin/run'));
  const link = container([]);
  await engine.create(link);
  await engine.start(link.name);
  await inside(link.name, 'mkdir', '-p', '/opt/app');
  await inside(link.name, 'ln', '-s', 'app', '/opt/link');
  await lab.docker(['commit', link.name, 'orca-test/with-link:1']);
  const withLink = await localImage(engine, 'orca-test/with-link:1');
  await assert.rejects(engine.create({ ...linked, image: withLink }), /a link to the folder \/opt\/app there/);
});

test('10 MiB of bytes arrive as they are', async () => {
  const bytes = Buffer.alloc(
    1024 * 1024,
    Uint8Array.from({ length: 256 }, (_, n) => n),
  );
  const one = container(Array.from({ length: 10 }, (_, n) => file(`/big/${n}`, bytes)));
  await engine.create(one);
  await engine.start(one.name);
  assert.match(await inside(one.name, 'sha256sum', '/big/9'), new RegExp(`^${digestOf(bytes)} `));
});
