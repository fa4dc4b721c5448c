import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, describe, it } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { nodeFiles } from '../../../src/agent/membership/files.ts';
import type { NodeBody } from '../../../src/contract/nodes.ts';
import type { Ran } from '../../lab/cluster.ts';
import { type LabMachine, type LabNodes, startNodes } from '../../lab/nodes.ts';
import { until } from '../../lab/until.ts';

/** Two machines join a master, through the real CLI; each has an engine of its own. */
let lab: LabNodes;
let m1: LabMachine;
let m2: LabMachine;
let firstLine = '';
let secondLine = '';

before(async () => {
  lab = await startNodes({ machines: 2 });
  const [one, two] = lab.machines;
  assert.ok(one && two);
  [m1, m2] = [one, two];
  for (const { engine } of lab.machines) await engine.ensureImage('orca-test/web:1');
});
after(() => lab?.stop());

const ROOT = join(import.meta.dirname, '../../..');
const ORCA = join(ROOT, 'cli/orca');
const said = ({ stdout, stderr }: Ran): string => `${stdout}${stderr}`;
const nodes = async (): Promise<readonly NodeBody[]> => {
  const { status, body } = await lab.master.api('GET', '/api/v1/cluster/nodes');
  assert.equal(status, 200, body);
  return (JSON.parse(body) as { nodes: readonly NodeBody[] }).nodes;
};
const nodeOf = async (name: string) => (await nodes()).find((node) => node.name === name);
const isReady = (name: string) => until(`${name} to be ready`, async () => (await nodeOf(name))?.status === 'ready');
const ended = (ran: Ran, code: number, words: RegExp): void => {
  assert.equal(ran.code, code, said(ran));
  assert.match(said(ran), words);
};
const runSomething = (machine: LabMachine) =>
  machine.engine.docker(['run', '--detach', '--name', 'theirs', 'orca-test/web:1']);

describe('a machine that is to join', () => {
  it('is looked at first: nothing is changed, and the line is not used', async () => {
    firstLine = await lab.token();
    const ran = await m1.join(firstLine, '--check');
    ended(ran, 0, /^ {2}ok +port +TCP 6881 of 10\.253\.0\.1 answers/m);
    for (const check of ['machine', 'name', 'TLS', 'clock', 'packet size', 'docker', 'cgroups', 'disk']) {
      assert.match(ran.stdout, new RegExp(`^  (ok|warning) +${check}  `, 'm'), ran.stdout);
    }
    assert.ok(!existsSync(nodeFiles(m1.dir).folder));
    assert.deepEqual(
      (await nodes()).map(({ name }) => name),
      ['local'],
    );
  });

  it('can be one that ./install.sh makes ready', async () => {
    const script = `echo '${firstLine}' | ${join(ROOT, 'install.sh')} --join --check --data ${m1.dir} --docker ${m1.engine.url}`;
    assert.match(await m1.engine.exec(['sh', '-c', script]), /^ {2}ok +TLS /m);
    assert.ok(!existsSync(nodeFiles(m1.dir).folder));
  });

  it('is told what to change when the master cannot be reached', async () => {
    await m1.plug.cut();
    ended(await m1.join(firstLine), 1, /failed +port .*\n.*allow TCP 6881, in to 10\.253\.0\.1/);
    await m1.plug.mend();
    ended(
      await m1.join(firstLine.replace(/......$/, 'ffffff'), '--check'),
      1,
      /failed +TLS .* is not the master that this line is of/,
    );
    assert.ok(!existsSync(nodeFiles(m1.dir).folder));
  });

  it('is not the one of the master', async () => {
    const { engine, dir } = lab.master;
    const script = `echo '${firstLine}' | ${ORCA} join --data "$1" --docker ${engine.url}`;
    const run = (data: string) => engine.exec(['sh', '-c', script, 'sh', data]);
    await assert.rejects(run(dir), /machine cannot join yet: machine, port failed; nothing was changed/);
    await assert.rejects(run(join(engine.dir, 'other')), /machine cannot join yet: port failed; nothing was changed/);
  });

  it('joins, runs and answers a container of the master, and leaves nothing of it', async () => {
    await runSomething(m1);
    const before = await m1.containers();
    ended(await m1.join(firstLine), 0, /\nm1 is a node: the master has run a container here, and it answered\n$/);
    assert.equal((await m1.state())?.up, true);
    await isReady('m1');
    assert.equal(await m1.containers(), before);
    assert.equal(await m1.engine.docker(['ps', '--all', '--quiet', '--filter', 'name=orca-trial']), '');
    assert.equal(await m1.engine.docker(['network', 'ls', '--quiet', '--filter', 'name=orca-trial']), '');
    const shown = await lab.master.orca('node', 'ls');
    ended(shown, 0, /^m1 .*ready/m);
  });

  it('says so when it is a node already, and does not use the line', async () => {
    const line = await lab.token();
    ended(await m1.join(line), 0, /this machine is the node m1 already; the line was not used\nm1 is a node/);
    ended(await m2.join(line, '--check'), 0, /ok/);
    ended(await m2.join(line, '--name', 'm1'), 8, /another node of this cluster is called m1/);
    ended(await m2.join(firstLine), 9, /this join line was used already/);
    secondLine = line;
  });

  it('is told why no container runs on it, and is a node once one does', async () => {
    await withRuntime({ runtimes: { broken: { path: '/bin/false' } }, 'default-runtime': 'broken' });
    ended(await m2.join(secondLine), 1, /has joined, but no container runs on it: docker cannot start a container: /);
    await withRuntime({});
    // A try that began before Docker was mended may still fail.
    await until('a container to run', async () => (await m2.join(secondLine)).code === 0);
    await isReady('m2');
  });
});

/** Restarts the Docker of m2 with these settings. */
async function withRuntime(settings: object): Promise<void> {
  await m2.engine.stopEngine();
  writeFileSync(join(m2.engine.dir, 'daemon.json'), JSON.stringify(settings));
  await m2.engine.startEngine();
}

describe('a node', () => {
  it('whose agent is killed keeps its containers, and is there again with the agent', async () => {
    const before = await m1.containers();
    assert.notEqual(before, '');
    await m1.killAgent();
    await until('it to be down', async () => (await nodeOf('m1'))?.status === 'down');
    assert.equal(await m1.containers(), before);
    await m1.startAgent();
    await isReady('m1');
    assert.equal(await m1.containers(), before);
  });

  it('is there again after the master was killed', async () => {
    const before = await m1.containers();
    lab.master.killServer();
    await until('the agent to notice', async () => (await m1.state())?.up === false);
    await lab.master.startServer();
    await isReady('m1');
    await isReady('m2');
    assert.equal(await m1.containers(), before);
  });

  it('that cannot be reached for a moment is not down', async () => {
    await isReady('m1');
    const seen = new Set<string>();
    const began = performance.now();
    await m1.plug.cut();
    while (performance.now() - began < 3_000) {
      seen.add((await nodeOf('m1'))?.status ?? 'gone');
      await delay(100);
    }
    await m1.plug.mend();
    await until('it to be heard again', async () => {
      const node = await nodeOf('m1');
      seen.add(node?.status ?? 'gone');
      return node?.status === 'ready' && (await m1.state())?.up === true;
    });
    // What was ready had been heard within 6 s. On a machine that is so slow that this took longer, it may have been down.
    if (performance.now() - began < 4_000) assert.ok(!seen.has('down') && !seen.has('gone'), [...seen].join());
  });

  it('that cannot be reached for long is down, with the reason at both ends, and back once it can', async () => {
    const before = await m1.containers();
    await m1.plug.cut();
    const down = await until('it to be down', async () => {
      const node = await nodeOf('m1');
      return node?.status === 'down' ? node : undefined;
    });
    assert.match(down.reason ?? '', /nothing heard for \d+ s/);
    await until('the agent to say why', async () => (await m1.state())?.problem);
    await isReady('m2');
    await m1.plug.mend();
    await isReady('m1');
    assert.equal(await m1.containers(), before);
  });

  it('that gets another address comes back from there, as the same node', async () => {
    const first = await nodeOf('m1');
    assert.equal(first?.address, m1.plug.address);
    const before = await m1.containers();
    const move = async (from: string, to: string) => {
      for (const [verb, one] of [
        ['del', from],
        ['add', to],
      ] as const)
        await m1.engine.exec(['ip', 'addr', verb, `${one}/24`, 'dev', 'lan0']);
      const isThere = async () => {
        const node = await nodeOf('m1');
        return node?.node_id === first.node_id && node?.address === to && node?.status === 'ready';
      };
      await until(`it to come from ${to}`, isThere);
    };
    await move(m1.plug.address, '10.253.0.99');
    assert.equal(await m1.containers(), before);
    await move('10.253.0.99', m1.plug.address);
  });

  it('that has served a newer master refuses an older one', async () => {
    const { term } = nodeFiles(m2.dir);
    const seen = readFileSync(term, 'utf8');
    ended(await m2.stopAgent(), 0, /stopped the agent/);
    writeFileSync(term, '1000000\n');
    await m2.startAgent();
    const refusal = /newer master, of term 1000000/;
    await until('it to refuse the master', async () => refusal.test((await m2.state())?.problem ?? ''));
    assert.notEqual((await m2.state())?.up, true);
    ended(await m2.stopAgent(), 0, /stopped the agent/);
    writeFileSync(term, seen);
    await m2.startAgent();
    await isReady('m2');
  });

  it('that was removed is told so, and joins anew with a new line', async () => {
    ended(await lab.master.orca('node', 'rm', 'm2', '--yes'), 0, /m2/);
    await until('the agent to be told', async () => (await m2.state())?.problem?.includes('removed'));
    assert.equal(await nodeOf('m2'), undefined);
    ended(await m2.join(await lab.token()), 0, /m2 is a node/);
    await isReady('m2');
  });

  it('that was set up anew takes its old place, if it is told to', async () => {
    ended(await m2.stopAgent(), 0, /stopped the agent/);
    const old = (await nodeOf('m2'))?.node_id;
    rmSync(nodeFiles(m2.dir).folder, { recursive: true });
    const line = await lab.token();
    ended(await m2.join(line), 8, /another node of this cluster is called m2/);
    // The master may not have noticed yet that the old one is gone.
    await until('m2 to be replaced', async () => (await m2.join(line, '--replace')).code === 0);
    await isReady('m2');
    assert.notEqual((await nodeOf('m2'))?.node_id, old);
    assert.equal((await nodes()).filter(({ name }) => name === 'm2').length, 1);
  });

  it('may have its agent in the terminal, where it ends with a signal', async () => {
    ended(await m2.stopAgent(), 0, /stopped the agent/);
    const joining = m2.startJoin(await lab.token(), '--foreground');
    let said = '';
    joining.stdout?.on('data', (text) => {
      said += text;
    });
    joining.stderr?.on('data', (text) => {
      said += text;
    });
    await until('the join to be done', () => said.includes('m2 is a node: '));
    assert.equal(joining.exitCode, null, said);
    await isReady('m2');
    const [code] = await Promise.all([once(joining, 'exit').then(([found]) => found), joining.kill('SIGTERM')]);
    assert.equal(code, 0, said);
    assert.equal(await m2.state(), undefined);
  });
});
