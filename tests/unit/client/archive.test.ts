import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  readlink,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type Headers, pack } from 'tar-stream';
import { packTar } from '../../../src/client/archive/pack.ts';
import { readTar } from '../../../src/client/archive/read-tar.ts';
import { settle } from '../../../src/client/archive/settle.ts';
import { ROOT, unpackTar } from '../../../src/client/archive/unpack.ts';

async function folder(t: TestContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'orca-archive-'));
  t.after(() => rm(path, { recursive: true, force: true }));
  return path;
}

const packed = (from: string, name?: string, onSkipped: (path: string) => void = () => undefined) =>
  packTar({ from, name, keepsOwners: false, onFile: () => undefined, onSkipped });

/** An archive as nobody packs one. */
async function* archiveOf(
  ...entries: readonly (Headers & { readonly content?: string })[]
): AsyncGenerator<Uint8Array> {
  const archive = pack();
  for (const { content = '', ...head } of entries) {
    if (head.type === 'file') archive.entry(head, content);
    else archive.entry(head).end();
  }
  archive.finalize();
  yield* archive;
}

const unpack = (bytes: AsyncIterable<Uint8Array>, to: string, dropped = 1) =>
  unpackTar(bytes, { folder: to, dropped, keepsOwners: false });

/** Every path below, with its kind. */
async function tree(path: string, under = ''): Promise<string[]> {
  const found: string[] = [];
  for (const name of (await readdir(path)).sort()) {
    const one = await lstat(join(path, name));
    found.push(`${under}${name}${one.isDirectory() ? '/' : ''}`);
    if (one.isDirectory()) found.push(...(await tree(join(path, name), `${under}${name}/`)));
  }
  return found;
}

describe('an archive', () => {
  it('brings a tree through as it is: content, modes, times, links, long and odd names', async (t) => {
    const [from, to] = [await folder(t), await folder(t)];
    const long = 'n'.repeat(200);
    await mkdir(join(from, 'tree/inner', long), { recursive: true });
    const big = randomBytes(3_000_000);
    await writeFile(join(from, 'tree/big'), big);
    await writeFile(join(from, 'tree/empty'), '');
    await writeFile(join(from, 'tree/inner', long, 'ü "x" \n'), 'odd', { mode: 0o640 });
    await symlink('/etc/passwd', join(from, 'tree/link'));
    await chmod(join(from, 'tree/inner'), 0o750);
    const { files, bytes, skipped } = await unpack(packed(join(from, 'tree'), 'as'), to);
    assert.deepEqual([files, bytes, skipped], [4, big.length + 3, []]);
    const there = join(to, ROOT);
    assert.deepEqual(await tree(there), await tree(join(from, 'tree')));
    assert.ok((await readFile(join(there, 'big'))).equals(big));
    assert.equal(await readlink(join(there, 'link')), '/etc/passwd');
    const [before, after] = [join(from, 'tree'), there].map((path) => join(path, 'inner', long, 'ü "x" \n'));
    assert.equal((await stat(after ?? '')).mode & 0o7777, 0o640);
    assert.equal((await stat(join(there, 'inner'))).mode & 0o7777, 0o750);
    const seconds = async (path = '') => Math.floor((await stat(path)).mtimeMs / 1000);
    assert.equal(await seconds(after), await seconds(before));
  });

  it('of what is in a folder leaves the folder out; a file has the name that it is given', async (t) => {
    const [from, to] = [await folder(t), await folder(t)];
    await mkdir(join(from, 'tree/inner'), { recursive: true });
    await writeFile(join(from, 'tree/a'), 'a');
    await unpack(packed(join(from, 'tree')), to, 0);
    assert.deepEqual(await tree(to), [`${ROOT}/`, `${ROOT}/a`, `${ROOT}/inner/`]);
    const other = await folder(t);
    await unpack(packed(join(from, 'tree/a'), 'b'), other);
    assert.equal(await readFile(join(other, ROOT), 'utf8'), 'a');
  });

  it('sets no user id, and skips what is no file, by name', async (t) => {
    const to = await folder(t);
    const { skipped } = await unpack(
      archiveOf(
        { name: 'x/', type: 'directory' },
        { name: 'x/setuid', type: 'file', mode: 0o4755, content: 'a' },
        { name: 'x/pipe', type: 'fifo' },
        { name: 'x/disk', type: 'block-device' },
      ),
      to,
    );
    assert.equal((await stat(join(to, ROOT, 'setuid'))).mode & 0o7777, 0o755);
    assert.deepEqual(skipped, ['x/pipe', 'x/disk']);
  });

  it('never writes outside, by no path and through no link', async (t) => {
    const outside = await folder(t);
    const hostile: readonly (readonly Headers[])[] = [
      [{ name: 'x/../../evil', type: 'file' }],
      [{ name: '../evil', type: 'file' }],
      [
        { name: 'x/link', type: 'symlink', linkname: outside },
        { name: 'x/link/evil', type: 'file' },
      ],
      [
        { name: 'x/link', type: 'symlink', linkname: outside },
        { name: 'x/link/', type: 'directory', mode: 0o777 },
      ],
      [
        { name: 'x/link', type: 'symlink', linkname: join(outside, 'evil') },
        { name: 'x/link', type: 'file' },
      ],
      [
        { name: 'x', type: 'symlink', linkname: outside },
        { name: 'x/evil', type: 'file' },
      ],
      [{ name: 'x/evil', type: 'link', linkname: '../../../../../../etc/passwd' }],
      [
        { name: 'x/link', type: 'symlink', linkname: '/etc/passwd' },
        { name: 'x/evil', type: 'link', linkname: 'x/link' },
      ],
      [
        { name: 'x/link', type: 'symlink', linkname: '/etc' },
        { name: 'x/evil', type: 'link', linkname: 'x/link/passwd' },
      ],
    ];
    for (const entries of hostile) {
      const to = await folder(t);
      const archive = archiveOf(...entries.map((one) => ({ ...one, content: one.type === 'file' ? 'evil' : '' })));
      await assert.rejects(unpack(archive, to), JSON.stringify(entries));
      assert.deepEqual(await readdir(outside), [], JSON.stringify(entries));
      assert.ok(!(await tree(to)).some((path) => path.endsWith('evil')), JSON.stringify(entries));
    }
  });

  it('keeps hard links within it, and takes a slash in front for nothing', async (t) => {
    const to = await folder(t);
    await unpack(
      archiveOf({ name: '/x/a', type: 'file', content: 'a' }, { name: '/x/b', type: 'link', linkname: '/x/a' }),
      to,
    );
    assert.equal((await stat(join(to, ROOT, 'a'))).ino, (await stat(join(to, ROOT, 'b'))).ino);
  });

  it('that ends too early, or is none, is told', async (t) => {
    const from = await folder(t);
    await writeFile(join(from, 'a'), randomBytes(10_000));
    const pieces: Uint8Array[] = [];
    for await (const piece of packed(join(from, 'a'), 'a')) pieces.push(piece);
    const whole = Buffer.concat(pieces);
    for (const bytes of [
      whole.subarray(0, 5_000),
      whole.subarray(0, whole.length - 1024),
      Buffer.alloc(0),
      randomBytes(4096),
    ]) {
      const to = await folder(t);
      await assert.rejects(
        unpack(
          (async function* () {
            yield bytes;
          })(),
          to,
        ),
        { code: 'unavailable', message: 'the archive is not whole' },
      );
    }
  });

  it('is let go of in the middle by whoever reads or writes it', async (t) => {
    const from = await folder(t);
    await writeFile(join(from, 'a'), randomBytes(1_000_000));
    for await (const piece of packed(join(from, 'a'), 'a')) if (piece.length > 0) break;
    const full = readTar(packed(join(from, 'a'), 'a'), async (_, content) => {
      for await (const piece of content) throw new Error(`no space for ${piece.length > 0}`);
    });
    await assert.rejects(full, /no space for true/);
  });

  it('of a file that cannot be read fails, rather than leave it out', async (t) => {
    const from = await folder(t);
    await assert.rejects(unpack(packed(join(from, 'none'), 'a'), await folder(t)), { code: 'ENOENT' });
  });
});

describe('what was unpacked', () => {
  async function given(t: TestContext) {
    const root = await folder(t);
    const [from, to] = [join(root, 'from'), join(root, 'to')];
    await mkdir(join(from, 'sub'), { recursive: true });
    await writeFile(join(from, 'sub/new'), 'new');
    await writeFile(join(from, 'same'), 'new');
    return { from, to };
  }

  it('is moved to where nothing is, and else into folders and over files', async (t) => {
    const { from, to } = await given(t);
    await mkdir(join(to, 'sub'), { recursive: true });
    await writeFile(join(to, 'same'), 'old');
    await writeFile(join(to, 'sub/kept'), 'kept');
    await settle(from, to);
    assert.deepEqual(await tree(to), ['same', 'sub/', 'sub/kept', 'sub/new']);
    assert.equal(await readFile(join(to, 'same'), 'utf8'), 'new');
    const second = await given(t);
    await settle(second.from, second.to);
    assert.deepEqual(await tree(second.to), ['same', 'sub/', 'sub/new']);
  });

  it("changes nothing where a file and a folder would take each other's place", async (t) => {
    const { from, to } = await given(t);
    await mkdir(to);
    await writeFile(join(to, 'sub'), 'a file');
    await assert.rejects(settle(from, to), { code: 'conflict', message: /sub is no folder/ });
    assert.deepEqual(await tree(to), ['sub']);
    await rm(join(to, 'sub'));
    await mkdir(join(to, 'same'));
    await assert.rejects(settle(from, to), { code: 'conflict', message: /same is a folder/ });
    assert.deepEqual(await tree(to), ['same/']);
  });

  it('replaces a link and does not follow it', async (t) => {
    const { from, to } = await given(t);
    const outside = await folder(t);
    await writeFile(join(outside, 'file'), 'untouched');
    await mkdir(to);
    await symlink(join(outside, 'file'), join(to, 'same'));
    await settle(from, to);
    assert.equal(await readFile(join(outside, 'file'), 'utf8'), 'untouched');
    assert.ok((await lstat(join(to, 'same'))).isFile());
    const second = await given(t);
    await mkdir(second.to);
    await symlink(outside, join(second.to, 'sub'));
    await assert.rejects(settle(second.from, second.to), { code: 'conflict' });
    assert.deepEqual(await readdir(outside), ['file']);
  });
});
