import assert from 'node:assert/strict';
import { once } from 'node:events';
import { PassThrough } from 'node:stream';
import { describe, it, type TestContext } from 'node:test';
import { WebSocket } from 'ws';
import { FRAME, frame, jsonFrame, jsonOf, LONGEST_MESSAGE, SESSION_PROTOCOL } from '../../../src/contract/session.ts';
import type { ExecCommand } from '../../../src/engine/exec.ts';
import type { AttachedProcess } from '../../../src/engine/process.ts';
import { deployed, taskOf, web } from './records.ts';
import { openApi, type TestApi, until } from './test-api.ts';

const EXEC = '/api/v1/services/web/exec?cmd=sh&cmd=-c';

/** A process that does what the test says. */
interface Scripted {
  readonly process: AttachedProcess;
  readonly command: ExecCommand;
  readonly task: string;
  /** What reached its stdin. */
  readonly stdin: PassThrough;
  readonly told: string[];
  write(stream: 'stdout' | 'stderr', bytes: Uint8Array | string): Promise<void>;
  end(code: number | undefined): void;
}

function scripted(task: string, command: ExecCommand): Scripted {
  const out = new PassThrough({ objectMode: true, highWaterMark: 1 });
  const stdin = new PassThrough({ highWaterMark: 1024 });
  const told: string[] = [];
  const ended = Promise.withResolvers<number | undefined>();
  const end = (code: number | undefined) => {
    out.end();
    ended.resolve(code);
  };
  return {
    task,
    command,
    stdin,
    told,
    end,
    write: async (stream, bytes) => {
      if (out.writableEnded || out.write({ stream, bytes: Buffer.from(bytes) })) return;
      await Promise.race([once(out, 'drain'), ended.promise]);
    },
    process: {
      output: out as AsyncIterable<{ stream: 'stdout'; bytes: Uint8Array }>,
      stdin,
      resize: async ({ rows, cols }) => void told.push(`${rows}x${cols}`),
      signal: async (name) => {
        told.push(name);
        if (name === 'SIGTERM' || name === 'SIGHUP') end(undefined);
      },
      exitCode: () => ended.promise,
      close: () => void told.push('close'),
    },
  };
}

async function open(t: TestContext): Promise<TestApi & { readonly begun: Scripted[] }> {
  const test = await openApi({ allowedOrigins: ['https://console.example.com'] });
  t.after(() => test.close());
  await deployed(test, web());
  const task = taskOf({ id: 'web-1-a' });
  await test.state.store.txn({ then: [test.state.tasks.put(task)] });
  test.world.serve(task);
  const begun: Scripted[] = [];
  test.engine.command = async (name, command) => {
    begun.push(scripted(name, command));
    return begun.at(-1)?.process as AttachedProcess;
  };
  return Object.assign(test, { begun });
}

interface Wish {
  readonly as?: 'admin' | 'deployer' | 'viewer' | 'shopAdmin';
  readonly protocols?: string[];
  readonly headers?: Readonly<Record<string, string>>;
}

function connect(
  test: TestApi,
  target = EXEC,
  { as = 'admin', protocols = [SESSION_PROTOCOL], headers = {} }: Wish = {},
) {
  return new WebSocket(`ws://127.0.0.1:${test.port}${target}`, protocols, {
    headers: { authorization: `Bearer ${test.tokens[as]}`, ...headers },
  });
}

/** Connected, with all that comes. */
async function session(test: TestApi, target?: string, wish?: Wish) {
  const socket = connect(test, target, wish);
  const messages: Buffer[] = [];
  socket.on('message', (message: Buffer) => messages.push(message));
  await once(socket, 'open');
  return { socket, messages, closed: once(socket, 'close').then(([code, reason]) => [code, String(reason)]) };
}

async function refused(test: TestApi, target?: string, wish?: Wish) {
  const socket = connect(test, target, wish);
  socket.on('error', () => undefined);
  const [, answer] = await once(socket, 'unexpected-response');
  let text = '';
  for await (const chunk of answer) text += chunk;
  return { status: answer.statusCode as number, ...JSON.parse(text) };
}

const first = async (test: { readonly begun: readonly Scripted[] }): Promise<Scripted> => {
  await until(() => test.begun.length > 0, 'a process');
  return test.begun[0] as Scripted;
};

describe('exec', () => {
  it('carries the streams, sizes and signals, and ends with the exit code', async (t) => {
    const test = await open(t);
    const { socket, messages, closed } = await session(test, `${EXEC}&tty`);
    const process = await first(test);
    assert.deepEqual([process.task, process.command], ['web-1-a', { command: ['sh', '-c'], tty: true, stdin: true }]);
    assert.equal(socket.protocol, SESSION_PROTOCOL);
    await process.write('stdout', 'out');
    await process.write('stderr', Buffer.from([0, 255]));
    socket.send(jsonFrame(FRAME.resize, { rows: 3, cols: 4 }));
    socket.send(frame(FRAME.stdin, Buffer.from('in')));
    socket.send(jsonFrame(FRAME.signal, { signal: 'SIGINT' }));
    socket.send(new Uint8Array([FRAME.endOfStdin]));
    await until(() => process.stdin.writableEnded && process.told.length === 2);
    assert.equal(String(process.stdin.read()), 'in');
    assert.deepEqual(process.told, ['3x4', 'SIGINT']);
    process.end(7);
    assert.deepEqual(await closed, [1000, '']);
    assert.deepEqual(messages.slice(0, 2), [Buffer.from('\u0001out'), Buffer.from([2, 0, 255])]);
    assert.deepEqual(jsonOf(messages.at(-1) as Buffer), { code: 7 });
  });

  it('is refused before anything runs, with an error as any other call', async (t) => {
    const test = await open(t);
    const codes = async (target?: string, wish?: Wish) => {
      const { status, code } = await refused(test, target, wish);
      return [status, code];
    };
    assert.deepEqual(await codes(EXEC, { as: 'deployer' }), [403, 'forbidden']);
    assert.deepEqual(await codes(EXEC, { headers: { authorization: '' } }), [401, 'unauthorized']);
    assert.deepEqual(await codes(EXEC, { headers: { origin: 'https://evil.example.com' } }), [403, 'forbidden']);
    assert.deepEqual(await codes('/api/v1/services/none/exec?cmd=sh'), [404, 'not_found']);
    assert.deepEqual(await codes('/api/v1/services/web/exec'), [422, 'invalid']);
    assert.deepEqual(await codes('/api/v1/services/web/exec?cmd='), [422, 'invalid']);
    assert.deepEqual(await codes(`${EXEC}&task=9`), [404, 'not_found']);
    assert.deepEqual(await codes(EXEC, { protocols: [] }), [400, 'malformed']);
    test.world.running.clear();
    assert.deepEqual(await codes(), [409, 'conflict']);
    test.world.down = 'it is away';
    assert.deepEqual(await codes(), [503, 'unavailable']);
    assert.equal(test.begun.length, 0);
    const plain = await test.ask('GET', EXEC, { as: 'admin' });
    assert.deepEqual([plain.status, plain.body.code], [400, 'malformed']);
  });

  it('lets pages of allowed origins in, and tells the request its id', async (t) => {
    const test = await open(t);
    const socket = connect(test, EXEC, {
      headers: { origin: 'https://console.example.com', 'x-request-id': 'mine-1' },
    });
    const [[answer]] = await Promise.all([once(socket, 'upgrade'), once(socket, 'open')]);
    assert.equal(answer.headers['x-request-id'], 'mine-1');
    socket.terminate();
  });

  it('ends the command when its client goes: SIGHUP with a terminal, SIGTERM without', async (t) => {
    const test = await open(t);
    (await session(test)).socket.terminate();
    (await session(test, `${EXEC}&tty`)).socket.close();
    await until(() => test.begun.length === 2 && test.begun.every(({ told }) => told.includes('close')));
    assert.deepEqual(
      test.begun.map(({ told }) => told),
      [
        ['SIGTERM', 'close'],
        ['SIGHUP', 'close'],
      ],
    );
  });

  it('takes no message that is none of the protocol', async (t) => {
    const test = await open(t);
    const bad = [
      'text',
      new Uint8Array([99]),
      new Uint8Array([]),
      jsonFrame(FRAME.resize, { rows: 0, cols: 1e9 }),
      jsonFrame(FRAME.signal, { signal: 'SIGSTOP; rm' }),
      frame(FRAME.resize, Buffer.from('{')),
    ];
    for (const message of bad) {
      const { socket, closed } = await session(test);
      socket.send(message);
      assert.equal((await closed)[0], 1002, String(message));
    }
    const { socket, closed } = await session(test);
    socket.send(new Uint8Array(LONGEST_MESSAGE + 1));
    assert.equal((await closed)[0], 1009);
    await until(() => test.begun.every(({ told }) => told.includes('SIGTERM')));
  });

  it('reads no more than a few messages ahead of a command, and of a client', async (t) => {
    const test = await open(t);
    const { socket } = await session(test);
    const process = await first(test);
    for (let sent = 0; sent < 200; sent += 1) socket.send(frame(FRAME.stdin, new Uint8Array(200_000)));
    await until(() => process.stdin.writableLength > 0);
    await until(() => socket.bufferedAmount > 0);
    assert.ok(process.stdin.writableLength <= 400_000, String(process.stdin.writableLength));
    socket.pause();
    let written = 0;
    const writing = (async () => {
      for (; written < 1000; written += 1) await process.write('stdout', new Uint8Array(200_000));
    })();
    await until(() => written > 0);
    await stalled(() => written);
    assert.ok(written < 500, `${written} written`);
    socket.terminate();
    await writing; // what nobody takes any more goes nowhere
  });

  it('tells why the exit code is not known', async (t) => {
    const test = await open(t);
    const { messages, closed } = await session(test);
    (await first(test)).end(undefined);
    assert.equal((await closed)[0], 1011);
    const told = jsonOf(messages.at(-1) as Buffer) as { code: null; error: string };
    assert.equal(told.code, null);
    assert.match(told.error, /not known/);
  });

  it('keeps a number of sessions, and no more', async (t) => {
    const test = await open(t);
    const sessions = [];
    for (let count = 0; count < 32; count += 1) sessions.push(await session(test));
    const { status, code, details } = await refused(test);
    assert.deepEqual([status, code, details], [503, 'unavailable', { limit: 32 }]);
    sessions[0]?.socket.terminate();
    await until(() => test.begun[0]?.told.includes('close') === true);
    (await session(test)).socket.terminate();
  });

  it('leaves half of them to others than admins of some projects', async (t) => {
    const test = await open(t);
    const sessions = [];
    for (let count = 0; count < 16; count += 1) sessions.push(await session(test, EXEC, { as: 'shopAdmin' }));
    const { status, details } = await refused(test, EXEC, { as: 'shopAdmin' });
    assert.deepEqual([status, details], [503, { limit: 16 }]);
    (await session(test)).socket.terminate();
    sessions[0]?.socket.terminate();
    await until(() => test.begun[0]?.told.includes('close') === true);
    (await session(test, EXEC, { as: 'shopAdmin' })).socket.terminate();
  });

  it('ends with its token, which is told; not because that expires meanwhile', async (t) => {
    const test = await open(t);
    const made = async (rest: object) =>
      (await test.ask('POST', '/api/v1/tokens', { as: 'admin', body: { role: 'admin', projects: ['shop'], ...rest } }))
        .body;
    const [leaver, brief] = [await made({ name: 'leaver' }), await made({ name: 'brief', expires: '5m' })];
    const by = ({ token }: { readonly token: string }) =>
      session(test, EXEC, { headers: { authorization: `Bearer ${token}` } });
    const [ended, left] = [await by(leaver), await by(brief)];
    test.now += 6 * 60_000;
    await test.ask('DELETE', `/api/v1/tokens/${leaver.id}`, { as: 'admin' });
    assert.deepEqual(await ended.closed, [1008, 'the token is none any more']);
    const told = jsonOf(ended.messages.at(-1) as Buffer) as { error: string };
    assert.match(told.error, /the token "leaver" was removed or replaced: the command was ended/);
    const [first, second] = test.begun;
    assert.ok(first?.told.includes('SIGTERM'));
    await second?.write('stdout', 'still here');
    second?.end(0);
    assert.deepEqual(await left.closed, [1000, '']);
    assert.equal(second?.told.includes('SIGTERM'), false);
  });

  it('ends with the server, which says so', async (t) => {
    const test = await open(t);
    const { messages, closed } = await session(test);
    const process = await first(test);
    await test.api.close();
    assert.deepEqual(await closed, [1012, 'the server stops']);
    assert.match((jsonOf(messages.at(-1) as Buffer) as { error: string }).error, /the server stops/);
    assert.ok(process.told.includes('SIGTERM'));
  });
});

/** Until it has not changed for some looks. */
async function stalled(value: () => number): Promise<void> {
  let same = 0;
  let last = value();
  await until(() => {
    same = value() === last ? same + 1 : 0;
    last = value();
    return same > 40;
  });
}
