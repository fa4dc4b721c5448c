// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are references of a body
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatPath } from '../../../../../src/core/model/schema/issue.ts';
import { needsAdmin } from '../../../../../src/core/model/schema/needs-admin.ts';
import { parseServices } from '../../../../../src/core/model/schema/parse-services.ts';
import { spec } from '../specs.ts';

const told = (body: unknown): string[] => {
  const parsed = parseServices(body);
  return parsed.ok ? [] : parsed.issues.map(({ path, message }) => `${formatPath(path)}: ${message}`);
};
const one = (keys: Readonly<Record<string, unknown>>): string[] =>
  told({ services: [{ name: 'web', image: 'nginx', ...keys }] });

test('every default of a spec', () => {
  assert.deepEqual(spec(), {
    project: 'default',
    name: 'web',
    image: 'nginx:1',
    pull: 'auto',
    command: undefined,
    entrypoint: undefined,
    replicas: 1,
    port: undefined,
    domains: [],
    routes: [],
    health: undefined,
    env: {},
    ports: [],
    volumes: [],
    hostPaths: [],
    resources: {},
    reserve: {},
    deploy: { strategy: 'rolling', parallelism: 1, minReady: 0, monitor: 5000, deadline: 300_000, rollback: true },
    drainTimeout: 30_000,
    stopGrace: 10_000,
    stopSignal: 'SIGTERM',
    restart: 'always',
    logging: { maxSize: 10 * 2 ** 20, maxFiles: 3 },
    init: true,
    user: undefined,
    workingDir: undefined,
    labels: {},
    tmpfs: {},
    shmSize: undefined,
    extraHosts: [],
    readOnly: false,
    capDrop: [],
    capKeep: [],
    ulimits: {},
    placement: {},
  });
});

test('the limit of memory is reserved, that of CPU is not; placement is taken as it is written', () => {
  const limited = spec({ resources: { memory: '64Mi', cpu: 2 } });
  assert.deepEqual([limited.reserve, limited.placement], [{ memory: 2 ** 26 }, {}]);
  assert.deepEqual(spec({ resources: { cpu: 2 }, reserve: { cpu: 2 } }).reserve, { cpu: 2 });
  assert.deepEqual(spec({ placement: { labels: { disk: 'ssd' }, spread: 'zone' } }).placement, {
    labels: { disk: 'ssd' },
    spread: 'zone',
  });
});

test('a service with a domain is routed at / and reserves its limit of memory', () => {
  const { domains, routes, health, reserve } = spec({
    port: 80,
    domain: 'A.example.com',
    health: '/up',
    resources: { memory: '1Gi', cpu: '0.5' },
    reserve: { cpu: 0.25 },
  });
  assert.deepEqual(
    [domains, routes, reserve],
    [['a.example.com'], [{ path: '/', stripPrefix: false }], { memory: 2 ** 30, cpu: 0.25 }],
  );
  assert.deepEqual(health, {
    path: '/up',
    host: undefined,
    port: undefined,
    interval: 10_000,
    timeout: 3000,
    failures: 3,
    startPeriod: 30_000,
    command: undefined,
  });
});

test('values are made plain', () => {
  const plain = spec({
    tmpfs: ['/run/:size=64Mi,mode=1777', '/tmp'],
    cap_drop: ['cap_net_raw'],
    stop_signal: 'int',
    ulimits: { nofile: 5, nproc: { soft: 1, hard: -1 } },
    extra_hosts: ['a:::1'],
    working_dir: '/a//b/',
    ports: ['90:80'],
  });
  assert.deepEqual(plain.tmpfs, { '/run': 'size=67108864,mode=1777', '/tmp': '' });
  assert.deepEqual(
    [plain.capDrop, plain.stopSignal, plain.workingDir, plain.extraHosts],
    [['NET_RAW'], 'SIGINT', '/a/b', ['a:::1']],
  );
  assert.deepEqual(plain.ulimits, { nofile: { soft: 5, hard: 5 }, nproc: { soft: 1, hard: -1 } });
});

test('blue-green keeps the old set for 10 min unless told otherwise, rolling has no such time', () => {
  const deployOf = (deploy: object) => spec({ port: 80, domain: 'a.test', deploy }).deploy;
  assert.deepEqual(
    [{}, { keep: '1h' }, { keep: '0s' }].map((more) => deployOf({ strategy: 'blue-green', ...more }).keep),
    [600_000, 3_600_000, 0],
  );
  assert.ok(!('keep' in deployOf({})));
});

test('wishes that come to nothing are not refused', () => {
  assert.deepEqual(one({ internal: false, sticky: false, deploy: { strategy: 'rolling' } }), []);
});

test('a body that is none', () => {
  for (const body of [undefined, null, 5, 'x', []])
    assert.match(told(body).join(), /^: expected a map with `services`/);
  assert.deepEqual(told({}), ['services: expected a list of 1 to 500 services, found nothing']);
  assert.match(told({ services: Array(501).fill({}) }).join(), /1 to 500/);
  assert.deepEqual(told({ services: [5], more: 1 }), [
    'more: unknown key `more`',
    'services[0]: expected a map, found 5',
  ]);
});

test('issues of all services are told at once', () => {
  const issues = told({
    services: [
      { name: 'A', image: 'nginx', replicas: -1 },
      { name: 'b', port: 80, domain: 'x y' },
    ],
  });
  assert.deepEqual(
    issues.map((issue) => issue.split(':')[0]),
    ['services[0].replicas', 'services[0].name', 'services[1].image', 'services[1].domain'],
  );
});

test('the same service, or the same domain and path, twice', () => {
  const service = { name: 'web', image: 'nginx' };
  assert.deepEqual(told({ services: [service, service] }), ['services[1]: the service default/web stands there twice']);
  assert.deepEqual(told({ services: [service, { ...service, project: 'other' }] }), []);
  const routed = (name: string, path: string) => ({
    name,
    image: 'nginx',
    port: 80,
    domain: 'a.example.com',
    routes: [{ path }],
  });
  assert.deepEqual(told({ services: [routed('a', '/a'), routed('b', '/b')] }), []);
  assert.match(told({ services: [routed('a', '/a'), routed('b', '/a/')] }).join(), /belongs to the service default\/a/);
});

test('references in a body: two dollars are one, the rest is refused', () => {
  const text = 'pa$$$$w $5 $${x}';
  const { env, labels, command, entrypoint } = spec({
    env: { A: text },
    labels: { a: text },
    command: [text],
    entrypoint: `a '${text}'`,
  });
  const template = 'pa$$$$w $$5 $${x}';
  assert.deepEqual([env['A'], labels['a'], command, entrypoint], [template, template, [template], ['a', template]]);
  assert.equal(spec({ port: 80, health: '/up?price=$$5' }).health?.path, '/up?price=$5');
  assert.match(one({ env: { A: '${env.HOME}' } }).join(), /services\[0\].env.A: .*only read where the CLI runs/);
  assert.match(
    one({ image: '${secrets.IMAGE}' }).join(),
    /^services\[0\].image: \$\{secrets.IMAGE\} stands only in values of `env`[^,]*$/,
  );
  assert.match(one({ env_file: '.env' }).join(), /only read where the CLI runs/);
});

test('a service larger than a value of the store is refused', () => {
  const env = Object.fromEntries(Array.from({ length: 6 }, (_, i) => [`A${i}`, 'x'.repeat(100_000)]));
  assert.match(one({ env }).join(), /larger than 512 KiB/);
});

test('a capability that is taken away by default is kept by name; none can be added, none be dropped and kept', () => {
  assert.deepEqual(spec({ cap_keep: ['cap_net_raw'] }).capKeep, ['NET_RAW']);
  assert.match(one({ cap_keep: ['SYS_ADMIN'] }).join(), /takes away by default: NET_RAW/);
  for (const cap_drop of [['NET_RAW'], ['ALL']])
    assert.match(
      one({ cap_drop, cap_keep: ['NET_RAW'] }).join(),
      /cap_keep\[0\]: `cap_drop: [A-Z_]+` takes NET_RAW away/,
    );
  assert.deepEqual(needsAdmin(spec({ cap_keep: ['NET_RAW'] })), ['keeping the capability NET_RAW needs an admin']);
});

test('process ids are limited, not reserved', () => {
  const { resources, reserve } = spec({ resources: { memory: '64Mi', pids: 100 } });
  assert.deepEqual([resources, reserve], [{ memory: 64 * 2 ** 20, pids: 100 }, { memory: 64 * 2 ** 20 }]);
  assert.match(one({ resources: { pids: 0 } }).join(), /expected a whole number from 1 to 4194304/);
});

test('what only an admin may deploy', () => {
  const reasons = (...ports: string[]) => needsAdmin(spec({ ports }));
  assert.deepEqual(reasons('9000:80', '127.0.0.2:9001:80', '[::1]:9002:80'), []);
  for (const port of [22, 53, 80, 443, 6880])
    assert.match(reasons(`${port}:1`).join(), new RegExp(`host port ${port} needs an admin`));
  for (const address of ['0.0.0.0', '[::]', '10.0.0.1', '203.0.113.5'])
    assert.match(reasons(`${address}:9000:80`).join(), /beyond the machine itself/);
  assert.equal(reasons('0.0.0.0:80:80').length, 2);
});

test('a grant is kept sorted and once, and one to nobody is none', () => {
  const internalOf = (internal: unknown) => spec({ internal }).internal;
  assert.deepEqual(internalOf(['crm', 'billing', 'crm']), ['billing', 'crm']);
  assert.equal(internalOf(true), true);
  for (const none of [false, [], undefined]) assert.ok(!('internal' in spec({ internal: none })), String(none));
});

test('a line of extra_hosts may hide the service itself, and names of other projects; not a service of its own', () => {
  const all = (extra_hosts: readonly string[], project = 'shop') =>
    parseServices({
      services: [
        { name: 'web', project, image: 'nginx', extra_hosts },
        { name: 'db', project: 'shop', image: 'postgres' },
      ],
    });
  assert.equal(all(['web:127.0.0.1', 'data:10.0.0.5', 'db.blog.internal:10.0.0.5']).ok, true);
  assert.equal(all(['db:10.0.0.5'], 'blog').ok, true);
  for (const [project, line] of [
    ['shop', 'db:10.0.0.5'],
    ['blog', 'db.shop.internal:fd00::1'],
  ] as const) {
    const result = all([line], project);
    assert.deepEqual(result.ok ? [] : result.issues.map(({ path }) => path), [['services', 0, 'extra_hosts', 0]]);
  }
});
