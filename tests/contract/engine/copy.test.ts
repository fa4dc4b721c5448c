import assert from 'node:assert/strict';
import { createHash, randomBytes } from 'node:crypto';
import { PassThrough, Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { after, before, test } from 'node:test';
import { pack } from 'tar-stream';
import { readTar } from '../../../src/client/archive/read-tar.ts';
import type { ResolvedImage } from '../../../src/core/model/revision.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { adapter, containerOf, EDGE, localImage, POOL, specOf } from './fixtures.ts';

let lab: LabEngine;
let engine: Engine;
let image: ResolvedImage;
let name: string;
let host = 1;
before(async () => {
  lab = await startEngine();
  await lab.ensureImage('orca-test/web:1');
  engine = adapter(lab);
  image = await localImage(engine, 'orca-test/web:1');
  await engine.ensureEdge(EDGE, POOL);
  name = await runTask();
});
after(() => lab?.stop());

async function runTask(changes: Parameters<typeof specOf>[0] = {}): Promise<string> {
  const container = containerOf({ image, spec: specOf(changes), address: `10.208.0.${++host}` });
  await engine.create(container);
  await engine.start(container.name);
  return container.name;
}

async function sh(script: string, task = name): Promise<string> {
  const { output } = await engine.execToEnd(task, { command: ['/bin/sh', '-c', script], limit: 60_000 });
  return output;
}

function archiveOf(files: Readonly<Record<string, string | Buffer>>): Readable {
  const archive = pack();
  for (const [path, content] of Object.entries(files)) archive.entry({ name: path }, content);
  archive.finalize();
  return Readable.from(archive);
}

async function read(path: string, task = name): Promise<Map<string, Buffer | string>> {
  const found = new Map<string, Buffer | string>();
  const { bytes } = await engine.readArchive(task, path);
  await readTar(bytes, async (entry, content) => {
    found.set(
      entry.name,
      entry.type === 'file' ? await buffer(content) : `${entry.type} ${entry.linkname ?? ''}`.trim(),
    );
  });
  return found;
}

test('a path is told as what it is; of a link, where it ends', async () => {
  await sh(
    'mkdir -p /tmp/dir; echo -n abc >/tmp/dir/file; chmod 640 /tmp/dir/file; ln -s ../dir/file /tmp/dir/link; mknod /tmp/dir/pipe p',
  );
  const file = await engine.statPath(name, '/tmp/dir/file');
  assert.deepEqual([file?.name, file?.kind, file?.size, file?.mode], ['file', 'file', 3, 0o640]);
  assert.ok((file?.modifiedAt ?? 0) > Date.now() - 3_600_000);
  const link = await engine.statPath(name, '/tmp/dir/link');
  assert.deepEqual([link?.kind, link?.linkTarget], ['link', '/tmp/dir/file']);
  assert.equal((await engine.statPath(name, '/tmp/dir'))?.kind, 'directory');
  assert.equal((await engine.statPath(name, '/tmp/dir/pipe'))?.kind, 'other');
  assert.equal((await engine.statPath(name, '/'))?.kind, 'directory');
  assert.equal(await engine.statPath(name, '/tmp/none'), undefined);
});

test('a folder comes out with all in it, under its own name', async () => {
  await sh('mkdir -p /tmp/out/inner; echo -n 1 >/tmp/out/a; echo -n 2 >/tmp/out/inner/b; ln -s /etc /tmp/out/link');
  const found = await read('/tmp/out');
  assert.deepEqual([...found].map(([path, content]) => [path, String(content)]).sort(), [
    ['out/', 'directory'],
    ['out/a', '1'],
    ['out/inner/', 'directory'],
    ['out/inner/b', '2'],
    ['out/link', 'symlink /etc'],
  ]);
  await assert.rejects(engine.readArchive(name, '/tmp/none'), {
    code: 'not_found',
    message: 'path not found: /tmp/none',
  });
});

test('an archive goes in as it flows, 50 MB of it, and comes out the same', async () => {
  const content = randomBytes(50_000_000);
  await engine.writeArchive(name, '/tmp', archiveOf({ 'big/file': content, 'big/empty': '' }));
  const digest = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  assert.match(await sh('busybox sha256sum /tmp/big/file'), new RegExp(digest(content)));
  const back = await read('/tmp/big/file');
  assert.equal(digest(back.get('file') as Buffer), digest(content));
});

test('what breaks off is an error, whether its source fails or it is given up', async () => {
  const source = new PassThrough();
  source.write(Buffer.alloc(512));
  const failed = assert.rejects(engine.writeArchive(name, '/tmp', source));
  source.destroy(new Error('the source is gone'));
  await failed;
  const [flowing, stop] = [new PassThrough(), new AbortController()];
  flowing.write(Buffer.alloc(512));
  const given = assert.rejects(engine.writeArchive(name, '/tmp', flowing, stop.signal), /enough/);
  stop.abort(new Error('enough'));
  await given;
  assert.ok(flowing.destroyed);
});

test('what cannot be written is refused, and says why', async () => {
  const refused = (folder: string, task = name) => engine.writeArchive(task, folder, archiveOf({ a: 'a' }));
  await assert.rejects(refused('/tmp/none'), { code: 'not_found' });
  await assert.rejects(refused('/etc/passwd'));
  const locked = await runTask({ readOnly: true });
  await assert.rejects(refused('/etc', locked), { code: 'conflict', message: /read-only/, hint: /volume/ });
  await assert.rejects(refused('/tmp', 'web-1-none'), { code: 'not_found' });
  await lab.docker(['run', '-d', '--init', '--name', 'stranger', 'orca-test/web:1']);
  await assert.rejects(refused('/tmp', 'stranger'), { code: 'not_found' });
  await assert.rejects(engine.readArchive('stranger', '/tmp'), { code: 'not_found' });
  await assert.rejects(engine.statPath('stranger', '/tmp'), { code: 'not_found' });
});

test('a folder never takes the place of a file, nor a file that of a folder', async () => {
  await sh('mkdir -p /tmp/kinds/dir; echo -n 1 >/tmp/kinds/file');
  await assert.rejects(engine.writeArchive(name, '/tmp/kinds', archiveOf({ dir: 'a file' })), /dir/);
  assert.equal(await sh('ls -d /tmp/kinds/dir/ && cat /tmp/kinds/file'), '/tmp/kinds/dir/\n1');
});
