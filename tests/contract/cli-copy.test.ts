import assert from 'node:assert/strict';
import { mkdir, readdir, readFile, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { type Headers, pack } from 'tar-stream';
import { readTar } from '../../src/client/archive/read-tar.ts';
import type { PathStat } from '../../src/core/copy/path-stat.ts';
import { OrcaError } from '../../src/core/errors.ts';
import { deployed, taskOf, web } from '../unit/api/records.ts';
import { openApi, type TestApi } from '../unit/api/test-api.ts';
import { type CliOptions, folder, runCli } from '../unit/cli/run-cli.ts';

const stat = (name: string, kind: PathStat['kind']): PathStat => ({
  name,
  kind,
  size: 1,
  mode: 0o755,
  modifiedAt: 1,
  linkTarget: undefined,
});

type Entry = Headers & { readonly content?: string };

async function bytesOf(entries: readonly Entry[]): Promise<Buffer> {
  const archive = pack();
  for (const { content, ...head } of entries) {
    if (content === undefined) archive.entry(head).end();
    else archive.entry(head, content);
  }
  archive.finalize();
  return buffer(archive);
}

// biome-ignore lint/correctness/useYield: it breaks off at once
async function* breaking(): AsyncGenerator<Uint8Array> {
  throw new OrcaError('unavailable', 'docker closed the connection');
}

/** The CLI in a process of its own against the whole API, with containers in memory. */
describe('orca cp', () => {
  let test: TestApi;
  beforeEach(async () => {
    test = await openApi();
    await deployed(test, web());
    const task = taskOf({ id: 'web-1-a' });
    await test.state.store.txn({ then: [test.state.tasks.put(task)] });
    test.world.serve(task);
  });
  afterEach(() => test.close());

  const cp = (args: readonly string[], options: CliOptions = {}) =>
    runCli(['cp', ...args], { api: `http://127.0.0.1:${test.port}`, token: test.tokens.admin, ...options });

  /** A container that has this, and nothing else. */
  function has(
    path: string,
    kind: PathStat['kind'],
    bytes: Buffer,
    more: AsyncIterable<Uint8Array> | readonly Uint8Array[] = [],
  ) {
    test.engine.paths.set(path, stat(path.slice(path.lastIndexOf('/') + 1), kind));
    test.engine.reads = async () => ({
      bytes: (async function* () {
        yield bytes;
        yield* more;
      })(),
      close: () => undefined,
    });
  }

  /** What reaches the container, by folder and name. */
  function takes(): Map<string, string> {
    const taken = new Map<string, string>();
    test.engine.writes = async (_task, to, archive) => {
      await readTar(Readable.from(archive), async ({ name, type, uid, gid, mode, linkname }, content) => {
        const what = type === 'file' ? (await buffer(content)).toString() : `${type} ${linkname ?? ''}`.trim();
        taken.set(`${to} ${name}`, `${what} ${uid}:${gid} ${mode?.toString(8)}`);
      });
    };
    return taken;
  }

  it('brings a file out, under its name or another', async (t) => {
    const cwd = await folder(t);
    has('/app/a.txt', 'file', await bytesOf([{ name: 'a.txt', type: 'file', mode: 0o640, content: 'hello' }]));
    const { code, stdout, stderr } = await cp(['web:/app/a.txt', '.'], { cwd });
    assert.deepEqual([code, stdout], [0, ''], stderr);
    assert.match(stderr, /^copied 1 file \(5 B\) to a\.txt$/m);
    assert.equal((await cp(['shop/web.1:app/a.txt', 'b.txt', '--json'], { cwd })).code, 0);
    assert.deepEqual((await readdir(cwd)).sort(), ['a.txt', 'b.txt']);
    assert.equal(await readFile(join(cwd, 'b.txt'), 'utf8'), 'hello');
  });

  it('brings a folder out: new, into one that is there, or what is in it', async (t) => {
    const cwd = await folder(t);
    const bytes = await bytesOf([
      { name: 'data/', type: 'directory' },
      { name: 'data/a', type: 'file', content: 'a' },
      { name: 'data/pipe', type: 'fifo' },
    ]);
    has('/data', 'directory', bytes);
    await mkdir(join(cwd, 'there'));
    assert.match((await cp(['web:/data', 'new'], { cwd })).stderr, /skipped data\/pipe: a device/);
    for (const target of ['there', 'there/.']) assert.equal((await cp(['web:/data', target], { cwd })).code, 0);
    await cp(['web:/data/.', 'there'], { cwd });
    assert.deepEqual((await readdir(cwd, { recursive: true })).sort(), [
      'new',
      'new/a',
      'there',
      'there/a',
      'there/data',
      'there/data/a',
    ]);
    const refused = await cp(['web:/data', 'new/a'], { cwd });
    assert.deepEqual([refused.code, /new\/a is a file, not a folder/.test(refused.stderr)], [8, true]);
  });

  it('leaves nothing behind of what breaks off, is interrupted or is hostile', async (t) => {
    const cwd = await folder(t);
    const whole = await bytesOf([{ name: 'big', type: 'file', content: 'x'.repeat(100_000) }]);
    await writeFile(join(cwd, 'big'), 'before');
    const untouched = async (what: string) => {
      assert.deepEqual(await readdir(cwd), ['big'], what);
      assert.equal(await readFile(join(cwd, 'big'), 'utf8'), 'before', what);
    };
    has('/big', 'file', whole.subarray(0, 50_000), breaking());
    const broken = await cp(['web:/big', '.'], { cwd });
    assert.deepEqual(
      [broken.code, /nothing was copied: docker closed the connection/.test(broken.stderr)],
      [1, true],
      broken.stderr,
    );
    await untouched('broken off');
    has('/big', 'file', whole.subarray(0, 50_000));
    assert.match((await cp(['web:/big', '.'], { cwd })).stderr, /the archive is not whole/);
    await untouched('not whole');
    const evil = await bytesOf([{ name: 'big/../../evil', type: 'file', content: 'x' }]);
    has('/big', 'file', evil);
    const hostile = await cp(['web:/big', '.'], { cwd });
    assert.deepEqual([hostile.code, /names a path outside/.test(hostile.stderr)], [1, true]);
    await untouched('hostile');
    const [half, never] = [Promise.withResolvers<void>(), Promise.withResolvers<Buffer>()];
    has(
      '/big',
      'file',
      whole.subarray(0, 50_000),
      (async function* () {
        half.resolve();
        yield await never.promise;
      })(),
    );
    const stopped = await cp(['web:/big', '.'], { cwd, interruptOn: half.promise });
    never.resolve(Buffer.alloc(0));
    assert.equal(stopped.code, 130, stopped.stderr);
    await untouched('interrupted');
  });

  it('takes files and folders in, as of root, and says what becomes of them', async (t) => {
    const cwd = await folder(t);
    const taken = takes();
    await mkdir(join(cwd, 'seed/sub'), { recursive: true });
    await writeFile(join(cwd, 'seed/a'), 'a', { mode: 0o640 });
    await writeFile(join(cwd, 'seed/sub/b'), 'b', { mode: 0o600 });
    await symlink('a', join(cwd, 'seed/link'));
    test.engine.paths.set('/srv', stat('srv', 'directory'));
    const { code, stderr } = await cp(['seed', 'web:/srv'], { cwd });
    assert.equal(code, 0, stderr);
    assert.match(stderr, /^copied 3 files \(2 B\) to web\.1:\/srv\/seed$/m);
    assert.match(stderr, /a deploy, restart or scale of web replaces the container: only what is on a volume stays/);
    assert.deepEqual(Object.fromEntries(taken), {
      '/srv seed/': 'directory 0:0 755',
      '/srv seed/a': 'a 0:0 640',
      '/srv seed/link': 'symlink a 0:0 777',
      '/srv seed/sub/': 'directory 0:0 755',
      '/srv seed/sub/b': 'b 0:0 600',
    });
    taken.clear();
    await cp(['seed/.', 'web:/srv'], { cwd });
    await cp(['seed/a', 'web:/new/name'], { cwd });
    assert.deepEqual([...taken.keys()], ['/srv a', '/srv link', '/srv sub/', '/srv sub/b', '/new name']);
  });

  it('carries archives through pipes', async (t) => {
    const cwd = await folder(t);
    const bytes = await bytesOf([{ name: 'a', type: 'file', content: 'hello' }]);
    has('/a', 'file', bytes);
    assert.equal((await cp(['web:/a', '-'], { cwd })).stdout, bytes.toString());
    const taken = takes();
    test.engine.paths.set('/srv', stat('srv', 'directory'));
    const { code, stderr } = await cp(['-', 'web:/srv'], { cwd, stdin: bytes.toString() });
    assert.equal(code, 0, stderr);
    assert.deepEqual([...taken.keys()], ['/srv a']);
    assert.match((await cp(['-', 'web:/a'], { cwd, stdin: '' })).stderr, /\/a is not a folder in the container/);
  });

  it('that is not complete in the container says so', async (t) => {
    const cwd = await folder(t);
    await writeFile(join(cwd, 'a'), 'a');
    let calls = 0;
    test.engine.writes = async () => {
      calls += 1;
      if (calls > 1) throw new OrcaError('unavailable', 'docker cannot write: no space left on device');
    };
    const { code, stderr } = await cp(['a', 'web:/srv/a'], { cwd });
    assert.equal(code, 7, stderr);
    assert.match(stderr, /web\.1:\/srv\/a may hold a part of the copy/);
    assert.match(stderr, /the copy is not complete: docker cannot write: no space left on device/);
  });

  it('refuses what makes no sense, and names what there is not', async (t) => {
    const cwd = await folder(t);
    for (const [args, code, told] of [
      [['a', 'b'], 1, /neither of them is in a container/],
      [['web:/a', 'web:/b'], 1, /both of them are in containers/],
      [['web:', '.'], 1, /which path/],
      [['web.2:/a', '.', '--task', '1'], 1, /are two tasks/],
      [['web:/none', '.'], 1, /path not found in web\.1: \/none/],
      [['wbe:/a', '.'], 1, /service not found: wbe/],
      [['web.9:/a', '.'], 1, /task not found: 9/],
      [['none', 'web:/a'], 1, /path not found: none/],
      [['web:/a', 'no/such/folder'], 1, /path not found/],
    ] as const) {
      if (args[1] === 'no/such/folder') has('/a', 'file', Buffer.alloc(1024));
      const ran = await cp(args, { cwd });
      assert.equal(ran.code, code, `${args.join(' ')}: ${ran.stderr}`);
      assert.match(ran.stderr, told);
    }
    const viewer = await cp(['web:/a', '.'], { cwd, token: test.tokens.viewer });
    assert.equal(viewer.code, 9);
    assert.deepEqual(await readdir(cwd), []);
  });
});
