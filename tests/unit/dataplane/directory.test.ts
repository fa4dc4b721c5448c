import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { OrcaError } from '../../../src/core/errors.ts';
import { prepareDirectory } from '../../../src/dataplane/directory.ts';

const asRoot = { skip: process.getuid?.() !== 0 };

function parent(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'orca-dir-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const mode = (path: string): string => (statSync(path).mode & 0o777).toString(8);

test('DIR can be passed through by others, DIR/ingress cannot be entered', (t) => {
  const data = join(parent(t), 'data');
  assert.equal(prepareDirectory(data, undefined), join(data, 'ingress'));
  assert.equal(mode(data), '711');
  assert.equal(mode(join(data, 'ingress')), '700');
});

test('a DIR that was there keeps its mode, and one that others may write to is refused', (t) => {
  const data = parent(t);
  chmodSync(data, 0o755);
  prepareDirectory(data, undefined);
  assert.equal(mode(data), '755');
  chmodSync(data, 0o1777);
  assert.throws(
    () => prepareDirectory(data, undefined),
    (error) => error instanceof OrcaError && /other users may write to it/.test(error.message),
  );
  assert.equal(statSync(data).mode & 0o7777, 0o1777);
});

test('files of a former user are handed over with the directory', asRoot, (t) => {
  const data = join(parent(t), 'data');
  const directory = prepareDirectory(data, undefined);
  writeFileSync(join(directory, 'access.log'), '');
  prepareDirectory(data, { uid: 60880, gid: 60881 });
  for (const path of [directory, join(directory, 'access.log')]) {
    assert.deepEqual([statSync(path).uid, statSync(path).gid], [60880, 60881]);
  }
  assert.equal(statSync(data).uid, 0);
});

test('of what a former user left only plain files are handed over', asRoot, (t) => {
  const top = parent(t);
  const data = join(top, 'data');
  const directory = prepareDirectory(data, { uid: 60880, gid: 60880 });
  const precious = join(top, 'precious');
  writeFileSync(precious, 'precious');
  writeFileSync(join(directory, 'table.json'), '');
  linkSync(precious, join(directory, 'access.log'));
  symlinkSync(precious, join(directory, 'ingress.log'));
  execFileSync('mkfifo', [join(directory, 'table.json.new')]);
  mkdirSync(join(directory, 'control.sock', 'full'), { recursive: true });
  prepareDirectory(data, { uid: 60881, gid: 60881 });
  const [aside, table, ...rest] = readdirSync(directory).sort();
  assert.match(aside ?? '', /^control\.sock\.aside-/);
  assert.deepEqual([table, rest], ['table.json', []]);
  assert.deepEqual([statSync(precious).uid, statSync(join(directory, 'table.json')).uid], [0, 60881]);
  assert.equal(statSync(directory).uid, 60881);
});

test('a path too long for a socket is refused in a sentence, before anything is made', (t) => {
  const dir = parent(t);
  const data = join(dir, 'x'.repeat(107));
  assert.throws(
    () => prepareDirectory(data, undefined),
    (error) => {
      assert.ok(error instanceof OrcaError && error.code === 'invalid');
      assert.match(error.message, /control\.sock", has \d+ bytes, and a socket's may have 107/);
      return true;
    },
  );
  assert.equal(statSync(data, { throwIfNoEntry: false }), undefined);
});
