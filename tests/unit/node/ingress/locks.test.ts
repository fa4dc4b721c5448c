import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { locked } from '../../../../src/node/ingress/locks.ts';

const asRoot = { skip: process.getuid?.() !== 0 };
const SHOW = "console.log(require('node:fs').readFileSync('/proc/self/status','utf8'), process.execArgv.join())";

const run = ([program, ...args]: readonly [string, ...string[]], options: object = {}): string =>
  spawnSync(program, args, { encoding: 'utf8', env: {}, ...options }).stdout;

test(
  'behind its locks a process of root gains nothing by what it executes, and can still become another',
  asRoot,
  () => {
    const became = `process.setgroups([]); process.setgid(60881); process.setuid(60881); ${SHOW}`;
    const said = run(locked([process.execPath, '-e', became]));
    assert.match(said, /^NoNewPrivs:\t1$/m);
    assert.match(said, /^CapBnd:\t0{16}$/m);
    assert.match(said, /^CapEff:\t0{16}$/m);
    assert.match(said, /^Uid:\t60881\t60881/m);
    assert.match(said, /--disable-sigusr1/);
  },
);

/** What `locked` makes of a command in a process that runs `how`. */
function lockedIn(how: readonly [string, ...string[]], options: object = {}): string[] {
  const module = new URL('../../../../src/node/ingress/locks.ts', import.meta.url).href;
  const script = `import { locked } from ${JSON.stringify(module)}; console.log(JSON.stringify(locked(['node', 'x'])));`;
  return JSON.parse(run([...how, process.execPath, '--input-type=module', '-e', script], options));
}

test('without root it asks for what it can have', asRoot, () => {
  const user = ['setpriv', '--reuid', '65534', '--regid', '65534', '--clear-groups'] as const;
  assert.deepEqual(lockedIn([...user]), ['setpriv', '--no-new-privs', 'node', '--disable-sigusr1', 'x']);
});

test('in a container that lacks the rights it asks for what it can have', asRoot, () => {
  const few = ['setpriv', '--bounding-set=-all,+setuid,+setgid'] as const;
  assert.deepEqual(lockedIn([...few]), ['setpriv', '--no-new-privs', 'node', '--disable-sigusr1', 'x']);
});

test('without util-linux the command is the same', asRoot, (t) => {
  const root = mkdtempSync(join(tmpdir(), 'orca-no-setpriv-'));
  t.after(() => rmSync(root, { recursive: true, force: true }));
  symlinkSync('/bin/true', join(root, 'true'));
  const hidden = lockedIn(['unshare', '--mount', 'sh', '-c', `mount --bind ${root} /usr/bin && exec "$@"`, 'sh']);
  assert.deepEqual(hidden, ['node', '--disable-sigusr1', 'x']);
});
