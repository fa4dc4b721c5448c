import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import { OrcaError } from '../../../src/core/errors.ts';
import type { GivenEdge, NodeLogLine } from '../../../src/core/nodes/wire.ts';
import { until } from '../../lab/until.ts';
import { connectPair, type Pair } from '../../lab/wire.ts';

const EDGE: GivenEdge = {
  network: 'orca-c1-edge',
  subnet: '10.208.0.0/22',
  gateway: '10.208.0.1',
  bridge: 'br-0123456789ab',
  ingress: false,
};
const CONTAINER = 'a'.repeat(64);
const heard: unknown[] = [];
/** Lines given to the master, and whether it was let go of. */
const reading = { given: 0, isOver: false };

async function* many(): AsyncGenerator<NodeLogLine> {
  try {
    for (;;) {
      reading.given += 1;
      yield { at: reading.given, stream: 'stdout', text: 'x'.repeat(1000) };
    }
  } finally {
    reading.isOver = true;
  }
}

async function all<T>(lines: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const line of lines) found.push(line);
  return found;
}

let pair: Pair;
before(async () => {
  pair = await connectPair({
    answer: {
      edge: async (given) => {
        heard.push(given);
        return { problems: ['port 53 is taken'] };
      },
      subnets: async () => ({ subnets: ['10.0.0.0/8', '192.0.2.0/24'] }),
      signal: async (wish) => {
        if (wish.container !== CONTAINER) throw new OrcaError('not_found', 'no such container');
        heard.push(wish);
      },
      keepLog: async ({ task, tail }) => {
        if (task === 'gone') throw new OrcaError('not_found', 'container not found: gone');
        heard.push(`keep ${tail} of ${task}`);
      },
      async *readLog({ task, ...query }) {
        if (task === 'refused') throw new OrcaError('unavailable', 'the disk does not answer');
        if (task === 'many') yield* many();
        if (task === 'broken') {
          for (let at = 1; at < 1000; at += 1) yield { at, stream: 'stdout', text: 'y'.repeat(1000) };
          throw new Error('the disk broke');
        }
        if (task === 'nonsense') yield { at: 1, stream: 'stdin' as 'stdout', text: 'z' };
        if (task === 'two') {
          yield { at: 1, stream: 'stdout', text: JSON.stringify(query) };
          yield { at: 2, stream: 'stderr', text: 'a line\u2028with everything\t"in" it' };
        }
      },
      listLogs: async () => [
        { task: 'two', at: 5, bytes: 12 },
        { task: 'three', at: 6, bytes: 0 },
      ],
      removeLog: async (task) => void heard.push(`remove ${task}`),
    },
  });
});
after(() => pair?.close());

const unavailable = (message: RegExp) => (error: unknown) => {
  assert.ok(error instanceof OrcaError && error.code === 'unavailable', String(error));
  assert.match(error.message, message);
  return true;
};

describe('what a master asks of a node', () => {
  it('is the edge network, with what is wrong about it', async () => {
    assert.deepEqual(await pair.wire.giveEdge(EDGE), { problems: ['port 53 is taken'] });
    assert.deepEqual(heard.splice(0), [EDGE]);
  });

  it('is refused where it has not its shape', async () => {
    const refuse = async (changes: object) =>
      assert.rejects(pair.wire.giveEdge({ ...EDGE, ...changes }), unavailable(/refuses \/edge: .*cannot be read/));
    await refuse({ bridge: '../../etc' });
    await refuse({ bridge: '' });
    await refuse({ gateway: '10.208.0.1 --all' });
    await refuse({ ingress: 'yes' });
    await refuse({ network: 'n'.repeat(300) });
    for (const wish of [
      { container: 'short', pid: 5, signal: 'SIGTERM' },
      { container: CONTAINER, pid: 1, signal: 'SIGTERM' },
      { container: CONTAINER, pid: -5, signal: 'SIGTERM' },
      { container: CONTAINER, pid: 5, signal: '9' },
    ])
      await assert.rejects(pair.wire.signal(wish), unavailable(/the signal cannot be read/), JSON.stringify(wish));
    await assert.rejects(pair.wire.keepLog({ task: '../x', tail: 1 }), unavailable(/cannot be read/));
    await assert.rejects(pair.wire.removeLog('..'), unavailable(/cannot be read/));
    await assert.rejects(all(pair.wire.readLog({ task: 'two', tail: -1 })), unavailable(/cannot be read/));
    assert.deepEqual(heard, []);
  });

  it('is a signal to a process in a container of the cluster', async () => {
    await pair.wire.signal({ container: CONTAINER, pid: 71, signal: 'SIGINT' });
    assert.deepEqual(heard.splice(0), [{ container: CONTAINER, pid: 71, signal: 'SIGINT' }]);
    const other = { container: 'b'.repeat(64), pid: 71, signal: 'SIGINT' };
    await assert.rejects(pair.wire.signal(other), {
      code: 'not_found',
      message: /refuses \/signal: no such container/,
    });
  });

  it('is to keep the log of a task, to list what is kept, and to remove it', async () => {
    await pair.wire.keepLog({ task: 'two', tail: 100 });
    await pair.wire.removeLog('two');
    assert.deepEqual(heard.splice(0), ['keep 100 of two', 'remove two']);
    await assert.rejects(pair.wire.keepLog({ task: 'gone', tail: 1 }), { code: 'not_found', message: /gone/ });
    assert.deepEqual(await pair.wire.listLogs(), [
      { task: 'two', at: 5, bytes: 12 },
      { task: 'three', at: 6, bytes: 0 },
    ]);
  });
});

describe('the copy of a log on a node', () => {
  it('is read with the query as it was', async () => {
    const [first, second, ...more] = await all(pair.wire.readLog({ task: 'two', tail: 3, since: 17 }));
    assert.deepEqual(first, { at: 1, stream: 'stdout', text: '{"tail":3,"since":17}' });
    assert.deepEqual(second, { at: 2, stream: 'stderr', text: 'a line\u2028with everything\t"in" it' });
    assert.deepEqual(more, []);
    assert.deepEqual(await all(pair.wire.readLog({ task: 'none' })), []);
  });

  it('is read no faster than it is taken, and let go of by who reads no more', async () => {
    let seen = 0;
    for await (const { at } of pair.wire.readLog({ task: 'many' })) {
      assert.equal(at, seen + 1);
      seen += 1;
      if (seen === 5000) break;
    }
    await until('the node to be let go', () => reading.isOver);
    assert.ok(reading.given < 60_000, `${reading.given} lines of 1 kB were given for 5000`);
  });

  it('is over when the signal says so, without an error', async () => {
    const ending = new AbortController();
    let seen = 0;
    for await (const _ of pair.wire.readLog({ task: 'many' }, ending.signal)) {
      seen += 1;
      ending.abort();
    }
    assert.ok(seen > 0);
    assert.deepEqual(await all(pair.wire.readLog({ task: 'two' }, ending.signal)), []);
  });

  it('fails where it breaks in the middle, cannot be read, or is nonsense', async () => {
    let seen = 0;
    const broken = async () => {
      for await (const _ of pair.wire.readLog({ task: 'broken' })) seen += 1;
    };
    await assert.rejects(broken(), unavailable(/lost the connection to \/logs\/read/));
    assert.ok(seen < 1000);
    const read = (task: string) => all(pair.wire.readLog({ task }));
    await assert.rejects(read('refused'), unavailable(/refuses \/logs\/read: the disk does not answer/));
    await assert.rejects(read('nonsense'), unavailable(/answers \/logs\/read with something else/));
  });
});
