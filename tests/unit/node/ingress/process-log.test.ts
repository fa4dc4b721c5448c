import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  closeSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { logPath, openProcessLog } from '../../../../src/node/ingress/process-log.ts';

function directory(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'orca-log-'));
  mkdirSync(join(dir, 'ingress'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

function append(dir: string, text: string): void {
  const { file } = openProcessLog(dir);
  writeSync(file, text);
  closeSync(file);
}

test('it goes on where it was, and only its owner reads it', (t) => {
  const dir = directory(t);
  append(dir, 'one\n');
  append(dir, 'two\n');
  assert.equal(readFileSync(logPath(dir), 'utf8'), 'one\ntwo\n');
  assert.equal(lstatSync(logPath(dir)).mode & 0o777, 0o600);
});

test('a large one is put aside', (t) => {
  const dir = directory(t);
  append(dir, 'old\n');
  truncateSync(logPath(dir), 10 * 1024 * 1024 + 1);
  append(dir, 'new\n');
  assert.equal(readFileSync(logPath(dir), 'utf8'), 'new\n');
  assert.equal(lstatSync(`${logPath(dir)}.1`).size, 10 * 1024 * 1024 + 1);
});

test('nothing is written through what was planted in its place', (t) => {
  const precious = join(directory(t), 'precious');
  writeFileSync(precious, 'precious');
  for (const plant of [
    (path: string) => symlinkSync(precious, path),
    (path: string) => linkSync(precious, path),
    (path: string) => symlinkSync(`${precious}-new`, path),
    (path: string) => execFileSync('mkfifo', [path]),
    (path: string) => mkdirSync(path),
    (path: string) => mkdirSync(join(path, 'full'), { recursive: true }),
  ]) {
    const dir = directory(t);
    plant(logPath(dir));
    append(dir, 'mine\n');
    assert.equal(readFileSync(logPath(dir), 'utf8'), 'mine\n');
    assert.equal(readFileSync(precious, 'utf8'), 'precious');
    assert.equal(lstatSync(`${precious}-new`, { throwIfNoEntry: false }), undefined);
  }
});

test('what lay in its place is told, and a folder with something in it is kept', (t) => {
  const dir = directory(t);
  mkdirSync(join(logPath(dir), 'full'), { recursive: true });
  const { file, found = '' } = openProcessLog(dir);
  closeSync(file);
  const [, aside = ''] = /ingress\.log was a folder: it was put aside as (.*)$/.exec(found) ?? [];
  assert.ok(lstatSync(join(aside, 'full')).isDirectory(), found);
});

test('a large one is put aside although a folder lies where it goes', (t) => {
  const dir = directory(t);
  append(dir, 'old\n');
  truncateSync(logPath(dir), 10 * 1024 * 1024 + 1);
  mkdirSync(join(`${logPath(dir)}.1`, 'full'), { recursive: true });
  append(dir, 'new\n');
  assert.equal(readFileSync(logPath(dir), 'utf8'), 'new\n');
  assert.equal(lstatSync(`${logPath(dir)}.1`).size, 10 * 1024 * 1024 + 1);
});
