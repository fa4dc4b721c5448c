// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are what users write

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPath } from '../../../../../src/core/model/schema/issue.ts';
import { needsAdmin } from '../../../../../src/core/model/schema/needs-admin.ts';
import { parseFile } from '../../../../../src/core/model/schema/parse-file.ts';
import { parseServices } from '../../../../../src/core/model/schema/parse-services.ts';

const DECLARED = { data: {}, config: { shared: true } };

const parse = (volumes: unknown, more: object = {}, declared: unknown = DECLARED) =>
  parseFile({ project: 'shop', services: { db: { image: 'postgres:16', volumes, ...more } }, volumes: declared });

function specOf(volumes: unknown, more: object = {}, declared: unknown = DECLARED) {
  const parsed = parse(volumes, more, declared);
  assert.ok(parsed.ok, JSON.stringify(!parsed.ok && parsed.issues));
  return parsed.specs[0] ?? assert.fail();
}

function issuesOf(volumes: unknown, more: object = {}, declared: unknown = DECLARED): string[] {
  const parsed = parse(volumes, more, declared);
  return parsed.ok ? [] : parsed.issues.map(({ path, message, hint }) => `${formatPath(path)}: ${message} | ${hint}`);
}

test('a mount holds what its volume is declared as', () => {
  const declared = {
    pg_data: { owner: '999:999', mode: '750' },
    nfs: { driver_opts: { type: 'nfs', port: 2049 } },
    plain: null,
  };
  const { volumes, hostPaths } = specOf(['pg_data:/var/lib/pg/', 'nfs:/n:ro', 'plain:/p:rw'], {}, declared);
  const common = { driver: 'local', driverOpts: {}, shared: false };
  assert.deepEqual(hostPaths, []);
  assert.deepEqual(volumes, [
    { volume: { name: 'pg_data', ...common, owner: '999:999', mode: '0750' }, target: '/var/lib/pg', readOnly: false },
    { volume: { ...common, name: 'nfs', driverOpts: { type: 'nfs', port: '2049' } }, target: '/n', readOnly: true },
    { volume: { name: 'plain', ...common }, target: '/p', readOnly: false },
  ]);
});

test('the long form says the same as the short one', () => {
  const long = [
    { source: 'data', target: '/data', read_only: true },
    { source: '/srv/x', target: '/x', shared: true },
  ];
  assert.deepEqual(specOf(long).volumes, specOf(['data:/data:ro']).volumes);
  assert.deepEqual(specOf(long).hostPaths, [{ path: '/srv/x', target: '/x', readOnly: false, shared: true }]);
});

test('a body declares volumes as a list, each with its project', () => {
  const body = {
    services: [
      { name: 'a', project: 'one', image: 'a', volumes: ['data:/data'] },
      { name: 'b', project: 'two', image: 'a', volumes: ['data:/data'] },
    ],
    volumes: [
      { name: 'data', project: 'one' },
      { name: 'data', project: 'two', shared: true },
    ],
  };
  const parsed = parseServices(body);
  assert.ok(parsed.ok, JSON.stringify(!parsed.ok && parsed.issues));
  assert.deepEqual(
    parsed.specs.map(({ volumes }) => volumes[0]?.volume.shared),
    [false, true],
  );
  const twice = parseServices({ ...body, volumes: [...body.volumes, { name: 'data', project: 'one' }] });
  assert.match(JSON.stringify(twice), /the volume one\/data stands there twice/);
  const foreign = parseServices({ ...body, volumes: [{ name: 'data', project: 'one' }] });
  assert.match(JSON.stringify(foreign), /the volume data is not declared/);
});

const WRONG: readonly (readonly [unknown, RegExp])[] = [
  [['other:/data'], /volumes\[0\]: the volume other is not declared \| declare it at the top/],
  [['dta:/data'], /the volume dta is not declared \| did you mean data\?/],
  [['/data'], /expected name:\/path or name:\/path:ro, found "\/data" \| name it, so that its data outlive/],
  [['data'], /expected name:\/path/],
  [['data:data'], /expected an absolute path in the container/],
  [['data:/a/../b'], /expected an absolute path in the container/],
  [['data:/'], /cannot be mounted over `\/`/],
  [['data:/proc'], /\/proc is the container's own/],
  [['data:/proc/sys'], /\/proc is the container's own/],
  [['data:/sys/fs'], /\/sys is the container's own/],
  [['data://dev//shm'], /\/dev is the container's own/],
  [['data:/etc/resolv.conf'], /is the container's own/],
  [['data:/a:z'], /the only options are ro and rw/],
  [['data:/a:ro:Z'], /the only options are ro and rw/],
  [['data:/a', 'config:/a/'], /volumes\[1\]: something is mounted at \/a already/],
  [['./x:/a'], /absolute path of the node, found "\.\/x:\/a" \| a path of the node begins with/],
  [['../x:/a'], /a path of the node begins with/],
  [['~/x:/a'], /a path of the node begins with/],
  [['~:/a'], /a path of the node begins with/],
  [['.:/a'], /a path of the node begins with/],
  [['x/y:/a'], /a path of the node begins with/],
  [['C:\\x:/a'], /expected an absolute path in the container/],
  [['/srv/../etc:/a'], /without `\.\.`/],
  [[{ source: 'data', target: '/a', shared: true }], /`shared` of a volume is written where it is declared/],
  [[{ source: './x', target: '/a' }], /a path of the node begins with/],
  [[{ source: 'data', target: '/' }], /cannot be mounted over/],
  [[{ type: 'bind', source: 'data', target: '/a' }], /unknown key `type`/],
  [[{ target: '/a' }], /source: missing/],
  ['data:/data', /expected a list of volumes/],
  [[5], /expected name:\/path/],
];

test('what cannot be mounted is told with its place', () => {
  for (const [volumes, message] of WRONG) {
    const issues = issuesOf(volumes);
    assert.equal(issues.length, 1, `${JSON.stringify(volumes)}: ${issues}`);
    assert.match(issues[0] ?? '', message);
  }
});

const BADLY_DECLARED: readonly (readonly [unknown, RegExp])[] = [
  [{ data: { owner: 1000 } }, /volumes.data.owner: expected a user and a group .* \| did you mean "1000:1000"\?/],
  [{ data: { owner: 'postgres' } }, /expected a user and a group by number/],
  [{ data: { owner: '1:4294967295' } }, /expected a user and a group by number/],
  [{ data: { mode: '0888' } }, /volumes.data.mode: expected an octal mode/],
  [{ data: { size: '1Gi' } }, /volumes.data.size: `size` is not allowed: .*docker cannot limit the size/],
  [{ data: { nonsense: 1 } }, /unknown key `nonsense`/],
  [{ data: { name: 'x' } }, /volumes.data.name: unknown key `name`/],
  [{ data: { driver_opts: { o: 'x'.repeat(5000) } } }, /expected options of 4096 characters at most/],
  [{ data: 5 }, /volumes.data: expected a map, found 5/],
  [{ data: {}, 'a b': {} }, /volumes\["a b"\]: expected a volume's name/],
  [['data'], /volumes: expected a map of volumes by name/],
];

test('what cannot be declared is told with its place, and only there', () => {
  for (const [declared, message] of BADLY_DECLARED) {
    const issues = issuesOf(Array.isArray(declared) ? [] : ['data:/data'], {}, declared);
    assert.equal(issues.length, 1, `${JSON.stringify(declared)}: ${issues}`);
    assert.match(issues[0] ?? '', message);
  }
});

test('a path is used once, whatever is mounted there', () => {
  assert.match(
    issuesOf(['data:/run'], { tmpfs: ['/run'] })[0] ?? '',
    /volumes\[0\]: something is mounted at \/run already/,
  );
});

test('only one task writes to a volume: neither replicas, nor a second set, nor a second service may', () => {
  assert.match(
    issuesOf(['data:/data'], { replicas: 2 })[0] ?? '',
    /replicas: 2 replicas cannot write to the volume data/,
  );
  assert.match(issuesOf(['/srv/a:/data'], { replicas: 2 })[0] ?? '', /cannot write to the host path \/srv\/a/);
  for (const strategy of ['blue-green', 'canary']) {
    const twoSets = { port: 80, domain: 'a.example.com', deploy: { strategy } };
    assert.match(
      issuesOf(['data:/data'], twoSets)[0] ?? '',
      new RegExp(`deploy.strategy: strategy ${strategy} runs two sets side by side`),
    );
    for (const free of [['data:/data:ro'], ['config:/data'], ['data:/data:ro', 'config:/c']])
      assert.deepEqual(issuesOf(free, { ...twoSets, replicas: 3 }), []);
  }

  const two = (mount: string) =>
    parseFile({
      project: 'shop',
      services: { a: { image: 'a', volumes: ['data:/data'] }, b: { image: 'a', volumes: [mount] } },
      volumes: { data: {} },
    });
  assert.match(JSON.stringify(two('data:/other')), /the service a writes to the volume data already/);
  assert.ok(two('data:/other:ro').ok);
});

/** Every way to a path of the node that is accepted at all. */
const ADMIN: readonly (readonly [unknown, unknown?])[] = [
  [['/srv/x:/x']],
  [['/srv/x:/x:ro']],
  [['/:/host']],
  [['//srv///x/./y:/x']],
  [['/var/run/docker.sock:/var/run/docker.sock']],
  [['/var/run/docker.sock:/docker.sock:ro']],
  [['/run/docker.sock:/s']],
  [['/proc:/p']],
  [['/sys:/s']],
  [['/etc/shadow:/s:ro']],
  [[{ source: '/srv/x', target: '/x' }]],
  [[{ source: '/srv/x', target: '/x', read_only: true }]],
  [['data:/x'], { data: { driver_opts: { type: 'none', o: 'bind', device: '/etc' } } }],
  [['data:/x:ro'], { data: { driver_opts: { type: 'none', o: 'bind', device: '/etc' } } }],
  [['data:/x'], { data: { driver_opts: { TYPE: 'NONE', O: 'rbind', DEVICE: '/etc' } } }],
  [['data:/x'], { data: { driver_opts: { o: 'bind,ro', device: '/var/run/docker.sock' } } }],
  [['data:/x'], { data: { driver_opts: { type: 'ext4', device: '/dev/sda1' } } }],
  [['data:/x'], { data: { driver_opts: { type: 'tmpfs', device: 'tmpfs' } } }],
  [['data:/x'], { data: { driver_opts: { mountpoint: '/etc' } } }],
  [['data:/x'], { data: { driver: 'local-persist' } }],
  [['data:/x'], { data: { driver: 'vieux/sshfs' } }],
];

test('a path of the node needs an admin, however it is written', () => {
  for (const [volumes, declared] of ADMIN)
    assert.equal(needsAdmin(specOf(volumes, {}, declared ?? DECLARED)).length, 1, JSON.stringify([volumes, declared]));
  for (const free of [['data:/x'], ['data:/x:ro'], ['config:/x']]) assert.deepEqual(needsAdmin(specOf(free)), []);
  const unused = specOf(['data:/x'], {}, { data: {}, other: { driver_opts: { device: '/etc' } } });
  assert.deepEqual(needsAdmin(unused), [], 'what no service mounts is never made');
});

test('no reference makes a path of a name: what was resolved is read', () => {
  assert.match(issuesOf(['${env.X}:/x'])[0] ?? '', /is only read where the CLI runs/);
  assert.match(issuesOf(['$$x:/x'])[0] ?? '', /expected a volume's name/);
});

test('a flood of volumes costs no more than what is told of it', () => {
  const name = (i: number) => `${'a'.repeat(50)}-${i}`;
  const mounts = Array.from({ length: 100 }, (_, i) => `${name(i + 1000)}:/m${i}`);
  const services = Array.from({ length: 500 }, (_, i) => ({ name: `s${i}`, image: 'a', volumes: mounts }));
  const volumes = Array.from({ length: 500 }, (_, i) => ({ name: name(i) }));
  const parsed = parseServices({ services, volumes });
  assert.ok(!parsed.ok);
  assert.deepEqual([parsed.issues.length, parsed.unlisted], [100, 49_900]);
});
