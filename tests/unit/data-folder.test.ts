import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { OrcaError } from '../../src/core/errors.ts';
import { prepareDataFolder } from '../../src/data-folder.ts';

const ROOT = process.getuid?.() === 0;
const SOMEBODY = 60_880;

function parent(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'orca-data-'));
  chmodSync(dir, 0o755);
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

/** The sentence and what to do, as the process tells them. */
function refusalOf(data: string): string {
  try {
    prepareDataFolder(data);
  } catch (error) {
    assert.ok(error instanceof OrcaError && error.code === 'unavailable', String(error));
    assert.ok(error.cause instanceof Error && error.hint?.startsWith('name a folder of your own with --data'));
    return error.message;
  }
  return assert.fail(`${data} was taken`);
}

/** As a user without root's powers. */
function asSomebody<T>(act: () => T): T {
  if (!ROOT) return act();
  process.seteuid?.(SOMEBODY);
  try {
    return act();
  } finally {
    process.seteuid?.(0);
  }
}

const modeOf = (path: string): number => statSync(path).mode & 0o7777;

test('a data folder is made with all above it, open to pass through whatever the umask', (t) => {
  const dir = parent(t);
  const umask = process.umask(0o077);
  t.after(() => process.umask(umask));
  prepareDataFolder(join(dir, 'a', 'b'));
  assert.deepEqual([modeOf(join(dir, 'a')), modeOf(join(dir, 'a', 'b'))], [0o711, 0o711]);
});

test('a folder that was there keeps its mode, but for a way through where the data plane has a user of its own', (t) => {
  const dir = parent(t);
  for (const [mode, then] of [
    [0o755, 0o755],
    [0o2711, 0o2711],
    [0o700, ROOT ? 0o701 : 0o700],
  ] as const) {
    chmodSync(dir, mode);
    prepareDataFolder(dir);
    assert.equal(modeOf(dir), then);
  }
});

test('a folder that others may write to is refused as it is, with what to do', (t) => {
  const dir = parent(t);
  for (const mode of [0o1777, 0o775, 0o702]) {
    chmodSync(dir, mode);
    assert.equal(refusalOf(dir), `${dir} cannot be the data folder: other users may write to it`);
    assert.equal(modeOf(dir), mode);
  }
});

test("another user's folder is refused to root too", { skip: !ROOT }, (t) => {
  const data = join(parent(t), 'data');
  mkdirSync(data);
  chownSync(data, SOMEBODY, SOMEBODY);
  assert.equal(refusalOf(data), `${data} cannot be the data folder: ${data} is another user's`);
});

test('a path that is no folder, or leads through a file or nowhere, is refused in a sentence that names it', (t) => {
  const dir = parent(t);
  writeFileSync(join(dir, 'file'), '');
  symlinkSync(join(dir, 'nothing'), join(dir, 'link'));
  symlinkSync('circle', join(dir, 'circle'));
  const of = (path: string): string => refusalOf(join(dir, path)).replaceAll(dir, 'DIR');
  assert.equal(of('file'), 'DIR/file cannot be the data folder: DIR/file is not a folder');
  assert.equal(of('file/below'), 'DIR/file/below cannot be the data folder: DIR/file is not a folder');
  assert.equal(of('link'), 'DIR/link cannot be the data folder: DIR/link is a link that leads nowhere');
  assert.equal(of('circle'), 'DIR/circle cannot be the data folder: DIR/circle is a link that leads back to itself');
});

test('where no folder can be made, that is said at once', { timeout: 5_000 }, () => {
  assert.equal(refusalOf('/proc/x/y'), '/proc/x/y cannot be the data folder: no folder can be made at /proc/x');
});

test('a folder where this user may not write is refused in a sentence', (t) => {
  const dir = parent(t);
  if (!ROOT) chmodSync(dir, 0o555);
  const data = join(dir, 'data');
  const said = asSomebody(() => refusalOf(data));
  if (!ROOT) chmodSync(dir, 0o755);
  assert.equal(said, `${data} cannot be the data folder: this user may not make or reach ${data}`);
});

test("another user's folder is refused in a sentence", { skip: !ROOT }, (t) => {
  const data = join(parent(t), 'data');
  mkdirSync(data);
  assert.equal(
    asSomebody(() => refusalOf(data)),
    `${data} cannot be the data folder: ${data} is another user's`,
  );
});
