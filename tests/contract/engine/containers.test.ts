import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { forPeople } from '../../../src/core/clock.ts';
import { type ContainerView, LABEL } from '../../../src/core/model/container.ts';
import type { ResolvedImage } from '../../../src/core/model/revision.ts';
import { nextAddress } from '../../../src/core/route/addresses.ts';
import type { Engine } from '../../../src/engine/engine.ts';
import { type LabEngine, startEngine } from '../../lab/engine.ts';
import { until } from '../../lab/until.ts';
import { adapter, containerOf, EDGE, localImage, POOL, specOf } from './fixtures.ts';

let lab: LabEngine;
let engine: Engine;
let image: ResolvedImage;
let address: () => string;

before(async () => {
  lab = await startEngine();
  await lab.ensureImage('orca-test/web:1');
  engine = adapter(lab);
  image = await localImage(engine, 'orca-test/web:1');
  const { subnet } = await engine.ensureEdge(EDGE, POOL);
  const used = new Set<string>();
  address = () => {
    const free = nextAddress(subnet, used) ?? assert.fail('no address');
    used.add(free);
    return free;
  };
});
after(() => lab?.stop());

const answer = (at: string): Promise<string> =>
  until(`an answer of ${at}`, async () => (await lab.get(`http://${at}:8080/`)).body);

const inspect = async (name: string) => JSON.parse(await lab.docker(['inspect', name]))[0];

test('the engine describes itself', async () => {
  const info = await engine.info();
  assert.match(info.version, /^\d+\.\d+/);
  assert.match(info.apiVersion, /^1\.\d+$/);
  assert.ok(info.cpus >= 1 && info.memory > 0 && info.id !== '');
  assert.equal(info.rootless, false);
});

test('a container is created, started, seen, stopped and removed, and each may be repeated', async () => {
  const container = containerOf({ image, address: address() });
  const id = await engine.create(container);
  assert.equal((await engine.inspect(container.name))?.state, 'created');
  await engine.start(container.name);
  await engine.start(container.name);
  assert.equal(await answer(container.address), '1\n');
  const [seen] = (await engine.list()).filter(
    (one) => one.name === container.name && !('unread' in one),
  ) as ContainerView[];
  assert.equal(seen?.id, id);
  assert.equal(seen?.state, 'running');
  assert.equal(seen?.address, container.address);
  assert.equal(seen?.exitCode, undefined);
  assert.equal(seen?.labels[LABEL.service], 'web');
  assert.ok(Math.abs(forPeople(seen?.startedAt ?? assert.fail()) - Date.now()) < 60_000);
  await engine.stop(container.name, 2000);
  await engine.stop(container.name, 2000);
  const stopped = await engine.inspect(container.name);
  assert.equal(stopped?.state, 'exited');
  assert.equal(stopped?.address, container.address);
  assert.equal(typeof stopped?.exitCode, 'number');
  await engine.remove(container.name);
  await engine.remove(container.name);
  await engine.stop(container.name, 2000);
  assert.equal(await engine.inspect(container.name), undefined);
});

test('a container carries what its spec asks for, and nothing it may not have', async () => {
  const spec = specOf({
    command: ['/bin/busybox', 'httpd', '-f', '-p', '8080', '-h', '/www'],
    env: { GREETING: 'a=b c' },
    ports: [{ address: '127.0.0.1', host: 9123, container: 8080, protocol: 'tcp' }],
    resources: { memory: 64 * 1024 * 1024, cpu: 0.5, pids: 100 },
    restart: 'on-failure',
    user: '65534',
    workingDir: '/www',
    labels: { team: 'blue', [LABEL.cluster]: 'forged' },
    tmpfs: { '/scratch': 'size=1m' },
    shmSize: 1024 * 1024,
    extraHosts: ['db:10.0.0.7'],
    readOnly: true,
    capDrop: ['MKNOD'],
    ulimits: { nofile: { soft: 1000, hard: 2000 } },
    stopSignal: 'SIGINT',
  });
  const container = containerOf({ image, spec, address: address() });
  await engine.create(container);
  await engine.start(container.name);
  const { Config, HostConfig } = await inspect(container.name);
  assert.deepEqual(Config.Cmd, spec.command);
  assert.ok(Config.Env.includes('GREETING=a=b c'));
  assert.equal(Config.User, '65534');
  assert.equal(Config.WorkingDir, '/www');
  assert.equal(Config.Hostname, container.name);
  assert.equal(Config.StopSignal, 'SIGINT');
  assert.equal(Config.Labels.team, 'blue');
  assert.equal(Config.Labels[LABEL.cluster], 'c1');
  assert.equal(HostConfig.Memory, 64 * 1024 * 1024);
  assert.equal(HostConfig.NanoCpus, 5e8);
  assert.equal(HostConfig.RestartPolicy.Name, 'on-failure');
  assert.equal(HostConfig.Init, true);
  assert.equal(HostConfig.ReadonlyRootfs, true);
  assert.deepEqual(HostConfig.SecurityOpt, ['no-new-privileges']);
  assert.deepEqual(HostConfig.CapDrop, ['MKNOD', 'NET_RAW']);
  assert.equal(HostConfig.PidsLimit, 100);
  assert.deepEqual(HostConfig.Tmpfs, { '/scratch': 'size=1m' });
  assert.deepEqual(HostConfig.LogConfig, { Type: 'json-file', Config: { 'max-file': '3', 'max-size': '10485760' } });
  assert.deepEqual(HostConfig.Ulimits, [{ Name: 'nofile', Soft: 1000, Hard: 2000 }]);
  assert.equal(HostConfig.Privileged, false);
  assert.deepEqual([HostConfig.PidMode, HostConfig.IpcMode, HostConfig.UTSMode], ['', 'private', '']);
  assert.deepEqual([HostConfig.Binds, HostConfig.Devices ?? []], [null, []]);
  assert.equal(await answer(container.address), '1\n');
  assert.equal((await lab.get('http://127.0.0.1:9123/')).body, '1\n');
  await engine.remove(container.name);
});

test('creating what exists adopts it', async () => {
  const container = containerOf({ image, address: address() });
  const id = await engine.create(container);
  assert.equal(await engine.create(container), id);
  await engine.start(container.name);
  assert.equal(await engine.create(container), id);
  await engine.remove(container.name);
});

test('a name taken by a stranger is a conflict, and the stranger is left alone', async () => {
  await lab.docker(['run', '-d', '--init', '--name', 'stranger', 'orca-test/web:1']);
  const container = containerOf({ name: 'stranger', image, address: address() });
  await assert.rejects(engine.create(container), { code: 'conflict', message: /"stranger" exists/ });
  await engine.stop('stranger', 1000);
  await engine.remove('stranger');
  assert.equal(await engine.inspect('stranger'), undefined);
  await assert.rejects(engine.start('stranger'), { code: 'not_found' });
  assert.equal((await inspect('stranger')).State.Running, true);
});

test('two clusters on one engine do not see each other', async () => {
  const other = adapter(lab, 'c2');
  const container = containerOf({ image, address: address() });
  await engine.create(container);
  assert.deepEqual(await other.list(), []);
  assert.equal(await other.inspect(container.name), undefined);
  await other.remove(container.name);
  assert.equal((await engine.inspect(container.name))?.name, container.name);
  const theirs = { ...container, labels: { ...container.labels, [LABEL.cluster]: 'c2' } };
  await assert.rejects(other.create(theirs), { code: 'conflict' });
  await engine.remove(container.name);
});

test('a published port that is taken, and an address that is taken, are named as such', async () => {
  const ports = [{ address: '127.0.0.1', host: 9200, container: 8080, protocol: 'tcp' as const }];
  const first = containerOf({ image, spec: specOf({ ports }), address: address() });
  const second = containerOf({ image, spec: specOf({ ports }), address: address() });
  const third = containerOf({ image, address: first.address });
  for (const container of [first, second, third]) await engine.create(container);
  await engine.start(first.name);
  await assert.rejects(engine.start(second.name), { code: 'unplaceable', message: /9200/ });
  await assert.rejects(engine.start(third.name), { code: 'conflict', message: /address/i });
  for (const container of [first, second, third]) await engine.remove(container.name);
});

test('an image that is not there, and a command that is not in it, are told at once', async () => {
  const gone = { ...image, pinned: `sha256:${'0'.repeat(64)}` };
  await assert.rejects(engine.create(containerOf({ image: gone, address: address() })), { code: 'not_found' });
  const spec = specOf({ command: ['/no/such'], init: false });
  const container = containerOf({ image, spec, address: address() });
  await engine.create(container);
  await assert.rejects(engine.start(container.name), { code: 'invalid', message: /\/no\/such/ });
  const seen = await engine.inspect(container.name);
  assert.equal(seen?.state, 'created');
  assert.match(seen?.error ?? '', /no such file/);
  assert.equal(seen?.startedAt, undefined);
  await engine.remove(container.name);
});

test('with an init a command that is not there is an exit with 127, again and again', async () => {
  const container = containerOf({ image, spec: specOf({ command: ['/no/such'] }), address: address() });
  await engine.create(container);
  await engine.start(container.name);
  const seen = await until('a restart', async () => {
    const view = await engine.inspect(container.name);
    return view !== undefined && view.restarts > 0 && view.state === 'restarting' ? view : undefined;
  });
  assert.equal(seen.exitCode, 127);
  await engine.remove(container.name);
});

test('crashed containers come back with the addresses they had', async () => {
  const spec = specOf({ command: ['/bin/sh', '-c', 'httpd -p 8080 -h /www; sleep 3; exit 3'] });
  const pair = [containerOf({ image, spec, address: address() }), containerOf({ image, spec, address: address() })];
  await Promise.all(pair.map((one) => engine.create(one)));
  await Promise.all(pair.map((one) => engine.start(one.name)));
  for (const { name, address: given } of pair) {
    const seen = await until('a restart', async () => {
      const view = await engine.inspect(name);
      return view !== undefined && view.restarts > 0 && view.state === 'running' ? view : undefined;
    });
    assert.equal(seen.address, given);
    const { NetworkSettings } = await inspect(name);
    if (NetworkSettings.Networks[EDGE].IPAddress !== '') assert.equal(NetworkSettings.Networks[EDGE].IPAddress, given);
  }
  for (const { name } of pair) await engine.remove(name);
});

test('twelve containers are made and started side by side', async () => {
  const many = Array.from({ length: 12 }, () => containerOf({ image, address: address() }));
  await Promise.all(many.map((one) => engine.create(one).then(() => engine.start(one.name))));
  const seen = await engine.list();
  assert.deepEqual(
    many.map(({ name }) => seen.find((view) => view.name === name)?.state),
    many.map(() => 'running'),
  );
  await Promise.all(many.map(({ name }) => engine.remove(name)));
  assert.deepEqual(await engine.list(), []);
});

test('a list shows a container that was started again meanwhile, also where no event tells of it', async () => {
  const container = containerOf({ image, address: address() });
  await engine.create(container);
  await engine.start(container.name);
  const startedAt = async () => {
    const found = (await engine.list()).find(({ name }) => name === container.name);
    return found && 'startedAt' in found ? found.startedAt : assert.fail('it is not read');
  };
  const before = await startedAt();
  await lab.docker(['restart', '-t', '0', container.name]);
  assert.notEqual(await startedAt(), before);
  await engine.remove(container.name);
});

test('a container may vanish while the list is read', async () => {
  const many = Array.from({ length: 8 }, () => containerOf({ image, address: address() }));
  await Promise.all(many.map((one) => engine.create(one)));
  const removals = Promise.all(many.map(({ name }) => engine.remove(name)));
  const lists = await Promise.all(Array.from({ length: 10 }, () => engine.list()));
  await removals;
  for (const views of lists) assert.ok(views.length <= many.length);
  assert.deepEqual(await engine.list(), []);
});
