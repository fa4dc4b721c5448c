import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, it } from 'node:test';
import { dataPlaneSettings, ingressArguments } from '../../src/config/data-plane.ts';
import { type IngressConfig, type Invocation, readConfig, type ServerConfig } from '../../src/config.ts';
import { OrcaError } from '../../src/core/errors.ts';

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true });
});

const settingsFile = (text: string): string => {
  const folder = mkdtempSync(join(tmpdir(), 'orca-config-'));
  folders.push(folder);
  writeFileSync(join(folder, 'server.yml'), text);
  return join(folder, 'server.yml');
};

const around = { env: {} as Record<string, string>, root: true, home: '/home/ann', pid: 77 };
const read = (line: string, more: Partial<typeof around> = {}): Invocation => {
  const words = line.split(' ').filter((word) => word !== '');
  const config = words.includes('--config') ? [] : ['--config', settingsFile('')];
  return readConfig([...words, ...config], { ...around, ...more });
};
const server = (line: string, more: Partial<typeof around> = {}): ServerConfig => {
  const invocation = read(`server ${line}`, more);
  assert.ok(invocation.action === 'serve' && invocation.role === 'server');
  return invocation.config;
};
const ingress = (line: string, more: Partial<typeof around> = {}): IngressConfig => {
  const invocation = read(`ingress ${line}`, more);
  assert.ok(invocation.action === 'serve' && invocation.role === 'ingress');
  return invocation.config;
};
const problemsOf = (run: () => unknown): readonly string[] => {
  try {
    run();
  } catch (error) {
    assert.ok(error instanceof OrcaError && error.code === 'invalid', String(error));
    const problems = (error.details?.['problems'] ?? []) as string[];
    for (const problem of problems) assert.ok(error.message.includes(problem));
    return problems;
  }
  return assert.fail('was not refused');
};

describe('settings', () => {
  it('have defaults that need nothing but Docker', () => {
    const config = server('');
    assert.equal(config.data, '/var/lib/orca');
    assert.deepEqual(config.api, { host: '127.0.0.1', port: 6880 });
    assert.deepEqual(config.http, { host: '::', port: 80 });
    assert.deepEqual(config.docker, { socketPath: '/var/run/docker.sock' });
    assert.deepEqual(config.store, { kind: 'file', path: '/var/lib/orca/orca.db' });
    assert.equal(config.limits.body, 'none');
    assert.equal(config.timeouts.connect, 1000);
    assert.deepEqual(config.registries, { allowPrivate: [], dockerConfig: '/home/ann/.docker' });
    assert.deepEqual(config.quotas, { perService: 1000, perProject: 5000 });
  });

  it('keep data in the home of a user who is not root', () => {
    const config = server('', { root: false });
    assert.equal(config.data, '/home/ann/.local/share/orca');
    assert.deepEqual(config.store, { kind: 'file', path: '/home/ann/.local/share/orca/orca.db' });
  });

  it('are taken from a flag before the environment, from that before the file', () => {
    const file = settingsFile(
      'data: /file\nhttp: 127.0.0.1:1\napi: 127.0.0.1:2\nlog: {level: debug}\nlimits.head: 16Ki\n',
    );
    const env = { ORCA_DATA: '/env', ORCA_HTTP: '127.0.0.1:3' };
    const config = server(`--data /flag --config ${file}`, { env });
    assert.equal(config.data, '/flag');
    assert.deepEqual(config.http, { host: '127.0.0.1', port: 3 });
    assert.deepEqual(config.api, { host: '127.0.0.1', port: 2 });
    assert.equal(config.log.level, 'debug');
    assert.equal(config.limits.head, 16384);
  });

  it('have the environment names of their own where those are told', () => {
    const env = { ORCA_LISTEN: '127.0.0.1:9', DOCKER_HOST: 'unix:///run/d.sock', ORCA_TIMEOUTS_KEEP_ALIVE: '5m' };
    const config = server('', { env });
    assert.deepEqual(
      [config.api.port, config.docker.socketPath, config.timeouts.keepAlive],
      [9, '/run/d.sock', 300_000],
    );
  });

  it('follow the data folder with the store, and take lists', () => {
    const file = settingsFile('trusted_proxies: [10.0.0.0/8, "::1"]\ncors: {allowed_origins: [https://a.example]}\n');
    const config = server(`--data=/d --config ${file}`);
    assert.deepEqual(config.store, { kind: 'file', path: '/d/orca.db' });
    assert.deepEqual(config.trustedProxies, ['10.0.0.0/8', '::1']);
    assert.deepEqual(config.cors.allowedOrigins, ['https://a.example']);
  });

  it('reach a data plane unchanged by its command line', () => {
    const config = server(
      '--data /d --http [::1]:81 --limits-body 10Mi --trusted-proxies 10.0.0.1,::1 --name-servers 10.0.0.2:5353 --timeouts-head 3s',
    );
    const {
      api: _api,
      nodes: _nodes,
      docker: _docker,
      store: _store,
      cors: _cors,
      quotas: _quotas,
      registries: _registries,
      auth: _auth,
      acme: _acme,
      ...shared
    } = config;
    const fds = { httpFd: 3, httpsFd: 6, namesFds: { udp: 4, tcp: 5 } };
    assert.deepEqual(ingress(ingressArguments(config, fds).slice(1).join(' ')), { ...shared, ...fds });
    assert.deepEqual(
      ingress(
        ingressArguments({ ...config, trustedProxies: [] })
          .slice(1)
          .map((w) => w || ',')
          .join(' '),
      ),
      {
        ...shared,
        trustedProxies: [],
      },
    );
  });

  it('listen for HTTPS beside HTTP on port 80, elsewhere only where they are told to', () => {
    const httpsOf = (line: string) => server(`--data /d ${line}`).https;
    assert.deepEqual(httpsOf(''), { host: '::', port: 443 });
    assert.deepEqual(httpsOf('--http 192.0.2.1:80'), { host: '192.0.2.1', port: 443 });
    for (const line of ['--http [::]:8080', '--http off', '--https off']) assert.equal(httpsOf(line), 'off', line);
    assert.deepEqual(httpsOf('--http off --https [::]:8443'), { host: '::', port: 8443 });
  });

  it('are told by a data plane as the server that started it would write them', () => {
    const config = server(
      '--http 127.0.0.1:81 --limits-body 10240Ki --trusted-proxies 10.0.0.1,::1 --name-servers 10.0.0.2 --timeouts-head 3000ms',
    );
    const told = dataPlaneSettings(ingress(ingressArguments(config, { httpFd: 3 }).slice(1).join(' ')));
    assert.deepEqual(told, dataPlaneSettings(config));
    assert.deepEqual(
      [told['http'], told['limits.body'], told['trusted_proxies'], told['timeouts.head'], told['access_log']],
      ['127.0.0.1:81', '10Mi', '10.0.0.1,::1', '3s', 'on'],
    );
  });

  it('do not tell where a data plane listens whose socket came from systemd', () => {
    const env = { LISTEN_PID: '77', LISTEN_FDS: '1' };
    assert.equal(dataPlaneSettings(ingress('', { env }))['http'], undefined);
    assert.equal(dataPlaneSettings(ingress('--http-fd 5', { env }))['http'], '[::]:80');
  });

  it('tell a data plane its workers and its user, if they are named', () => {
    const { workers, user } = ingress('--workers 3 --user 998:997');
    assert.deepEqual([workers, user], [3, { uid: 998, gid: 997 }]);
    assert.equal('workers' in ingress(''), false);
    assert.equal('user' in ingress(''), false);
    assert.throws(() => ingress('--user 0:0'), /other than those of root/);
  });

  it('take a listening descriptor from systemd only if it is meant for this process', () => {
    assert.equal(ingress('', { env: { LISTEN_FDS: '1', LISTEN_PID: '77' } }).httpFd, 3);
    assert.equal('httpFd' in ingress('', { env: { LISTEN_FDS: '1', LISTEN_PID: '78' } }), false);
  });

  it('tell whether the command line names the data folder', () => {
    assert.equal((read('server --data /d') as { dataNamed: boolean }).dataNamed, true);
    assert.equal((read('server', { env: { ORCA_DATA: '/d' } }) as { dataNamed: boolean }).dataNamed, false);
  });
});

describe('settings that are not valid', () => {
  it('are told all at once, each with its place', () => {
    const file = settingsFile('apii: 127.0.0.1:1\nlog:\n  level: loud\nhttp: {a: 1}\n');
    const problems = problemsOf(() =>
      server(`--dat /x --docker tcp://a:1 --api 0.0.0.0:6880 --config ${file}`, { env: { ORCA_LIMITS_HEAD: '4g' } }),
    );
    assert.deepEqual(problems, [
      '--dat: not known; did you mean --data?',
      `${file}:1:1: apii: not known; did you mean api?`,
      `${file}:4:1: http: expected a value or a list of values`,
      `${file}:3:3: log.level: expected one of trace, debug, info, warn, error, fatal, silent, found "loud"`,
      'ORCA_LIMITS_HEAD: expected a size such as 512Mi or 1G (did you mean 4G or 4Gi?), found "4g"',
      'api: expected a loopback address, as the API speaks plain HTTP, found "0.0.0.0"',
      '--docker: expected unix:// and the absolute path of a socket, found "tcp://a:1"',
    ]);
  });

  for (const [line, problem] of [
    ['--api', '--api: a value is missing'],
    ['--data /a --data /b', '--data: given twice'],
    ['--all', '--all: only together with --stop'],
    ['--api 6880', '--api: expected an address such as 127.0.0.1:6880 or [::]:80, found "6880"'],
    ['--api 127.0.0.1:65536', '--api: expected an address such as 127.0.0.1:6880 or [::]:80, found "127.0.0.1:65536"'],
    ['--https 443', '--https: expected an address such as 127.0.0.1:6880 or [::]:80, found "443"'],
    [
      '--api-domain https://api.example.com',
      '--api-domain: expected a domain such as shop.example.com (did you mean api.example.com?), found "https://api.example.com"',
    ],
    ['--store etcd://a', '--store: expected file: and a path, found "etcd://a"'],
    [
      '--trusted-proxies 10.0.0.0/33',
      '--trusted-proxies: expected an address or a network such as 10.0.0.0/8, found "10.0.0.0/33"',
    ],
    [
      '--name-servers ns.example.com',
      '--name-servers: expected an address such as 10.0.0.2, or one with a port, found "ns.example.com"',
    ],
    ['--timeouts-head 60d', '--timeouts-head: expected a duration from 1ms to 24d, found "60d"'],
    ['--limits-connections 0', '--limits-connections: expected a whole number from 1, found "0"'],
    ['--http-fd 3', '--http-fd: not known; did you mean --http?'],
  ] as const) {
    it(`refuses ${line}`, () => {
      assert.deepEqual(
        problemsOf(() => server(line)),
        [problem],
      );
    });
  }

  it('refuses a file that is named and cannot be read', () => {
    assert.match(
      problemsOf(() => server('--config /nowhere/server.yml')).join(),
      /^\/nowhere\/server.yml: cannot be read/,
    );
  });

  it('refuses a file that is no YAML, or no map', () => {
    const broken = settingsFile('a: [');
    assert.match(problemsOf(() => server(`--config ${broken}`)).join(), new RegExp(`^${broken}:1:\\d+: `));
    const list = settingsFile('- a\n');
    assert.deepEqual(
      problemsOf(() => server(`--config ${list}`)),
      [`${list}:1:1: expected keys with values`],
    );
  });

  it('refuses an unknown role', () => {
    assert.deepEqual(
      problemsOf(() => read('sever')),
      ['expected one of server, ingress, agent, join, found "sever"'],
    );
  });
});

describe('invocations', () => {
  it('ask to stop the server of a data folder, alone or with its data plane', () => {
    assert.deepEqual(read('server --stop --data /d'), {
      action: 'stop',
      role: 'server',
      data: '/d',
      all: false,
    });
    assert.deepEqual(read('agent --stop --data /d'), { action: 'stop', role: 'agent', data: '/d', all: false });
    assert.deepEqual(read('server --stop --all', { env: { ORCA_DATA: '/e' } }), {
      action: 'stop',
      role: 'server',
      data: '/e',
      all: true,
    });
  });

  it('ask for help that names every flag', () => {
    const help = read('server --help');
    assert.ok(help.action === 'help');
    for (const flag of [
      '--data',
      '--api',
      '--http',
      '--https',
      '--docker',
      '--store',
      '--stop',
      '--timeouts-connect',
    ]) {
      assert.ok(help.text.includes(flag), flag);
    }
  });
});
