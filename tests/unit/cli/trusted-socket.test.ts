import assert from 'node:assert/strict';
import { chmodSync, chownSync, mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { type TestContext, test } from 'node:test';
import { trustedSocket } from '../../../cli/trusted-socket.ts';
import { OrcaError } from '../../../src/core/errors.ts';

const ROOT = process.getuid?.() === 0;
const SOMEBODY = 60_880;

async function serve(t: TestContext, path: string, word: string): Promise<void> {
  const server = createServer((socket) => socket.end(word));
  await new Promise<void>((resolve) => server.listen(path, resolve));
  t.after(() => new Promise((resolve) => server.close(resolve)));
}

/** DIR/data/orca.sock, as a server leaves it. */
async function place(t: TestContext) {
  const dir = mkdtempSync(join(tmpdir(), 'orca-sock-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  const data = join(dir, 'data');
  mkdirSync(data, { mode: 0o711 });
  const socket = join(data, 'orca.sock');
  await serve(t, socket, 'own');
  chmodSync(socket, 0o600);
  return { dir, data, socket };
}

function refusal(path: string, uid?: number): OrcaError {
  try {
    trustedSocket(path, uid);
  } catch (error) {
    assert.ok(error instanceof OrcaError, String(error));
    return error;
  }
  return assert.fail(`${path} was trusted`);
}

test('a socket of this user, in a folder that nobody else can write to, is trusted, by whatever way it is named', async (t) => {
  const { dir, data, socket } = await place(t);
  const deep = join(dir, 'x'.repeat(60), 'y'.repeat(60));
  mkdirSync(deep, { recursive: true });
  symlinkSync(data, join(deep, 'link'));
  symlinkSync(socket, join(dir, 'linked.sock'));
  for (const path of [socket, join(deep, 'link/orca.sock'), join(dir, 'linked.sock'), join(data, '../data/orca.sock')])
    assert.equal(await text(connect(trustedSocket(path))), 'own', path);
});

test('what is put in its place after that is not spoken to', async (t) => {
  const { dir, data, socket } = await place(t);
  const path = trustedSocket(socket);
  renameSync(data, join(dir, 'away'));
  mkdirSync(data);
  await serve(t, socket, 'impostor');
  assert.equal(await text(connect(path)), 'own');
});

test('one in a folder that others can write to is refused, also in one like /tmp', async (t) => {
  const { data, socket } = await place(t);
  for (const mode of [0o777, 0o1777, 0o772, 0o770]) {
    chmodSync(data, mode);
    const { code, message, hint } = refusal(socket);
    assert.equal(code, 'forbidden', mode.toString(8));
    assert.equal(message, `the socket ${socket} is not used: other users can write to its folder ${data}`);
    assert.equal(hint, `run \`chmod go-w ${data}\`, or set ORCA_API and ORCA_TOKEN`);
  }
});

test("a socket or a folder that is another user's is refused, to root too", { skip: !ROOT }, async (t) => {
  const { data, socket } = await place(t);
  chownSync(socket, SOMEBODY, SOMEBODY);
  assert.equal(refusal(socket).message, `the socket ${socket} belongs to another user (uid ${SOMEBODY})`);
  chownSync(data, SOMEBODY, SOMEBODY);
  assert.match(refusal(socket).message, /is not used: its folder \S+\/data belongs to another user/);
  trustedSocket(socket, SOMEBODY);
  chownSync(socket, 0, 0);
  trustedSocket(socket, SOMEBODY); // root's: the system decides whether it may be opened
});

test('what is no socket, is not there, or leads nowhere is told as that', async (t) => {
  const { dir, data } = await place(t);
  writeFileSync(join(data, 'file'), '');
  symlinkSync('loop', join(dir, 'loop'));
  assert.match(refusal(join(data, 'file')).message, /file is not a socket$/);
  assert.match(refusal('/').message, /^\/ is not a socket$/);
  const { code, message, hint } = refusal(join(dir, 'nowhere/orca.sock'));
  assert.deepEqual(
    [code, message],
    ['unavailable', `the server does not run: nothing listens on ${dir}/nowhere/orca.sock`],
  );
  assert.match(hint ?? '', /^start it with `orca server --data \S+\/nowhere`/);
  assert.equal(refusal(join(data, 'file/orca.sock')).code, 'unavailable');
  assert.match(refusal(join(dir, 'loop/orca.sock')).message, /ELOOP$/);
});
