import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import { agentArguments } from '../../src/config/agent.ts';
import { type Invocation, readConfig } from '../../src/config.ts';
import { OrcaError } from '../../src/core/errors.ts';

const folder = mkdtempSync(join(tmpdir(), 'orca-config-agent-'));
after(() => rmSync(folder, { recursive: true }));
const file = (text: string): string => {
  const path = join(folder, 'agent.yml');
  writeFileSync(path, text);
  return path;
};
const around = { env: {} as Record<string, string>, root: true, home: '/root', pid: 77 };
const read = (...words: string[]): Invocation =>
  readConfig(words.includes('--config') ? words : [...words, '--config', file('')], around);
const problems = (...words: string[]): readonly string[] => {
  try {
    read(...words);
  } catch (error) {
    assert.ok(error instanceof OrcaError && error.code === 'invalid', String(error));
    return error.details?.['problems'] as string[];
  }
  return assert.fail('was not refused');
};

describe('settings of an agent', () => {
  it('are its folder, its Docker, and how its data plane serves', () => {
    const invocation = read('agent', '--config', file('data: /srv/node\nlog: {level: debug}\nhttp: "10.0.0.1:8080"\n'));
    assert.ok(invocation.action === 'serve' && invocation.role === 'agent');
    const { data, docker, log, http, trustedProxies, accessLog, limits } = invocation.config;
    assert.deepEqual([data, docker.socketPath, log.level], ['/srv/node', '/var/run/docker.sock', 'debug']);
    assert.deepEqual([http, trustedProxies, accessLog], [{ host: '10.0.0.1', port: 8080 }, [], true]);
    assert.equal(limits.connections, 20_000);
  });

  it('are no others in its file', () => {
    const config = file('api: 127.0.0.1:1\n');
    assert.deepEqual(problems('agent', '--config', config), [`${config}:1:1: api: not known`]);
  });

  it('are handed to it as a join was told, and read back as the same', () => {
    const text = 'log: {level: warn}\nhttp: off\ntrusted_proxies: [10.0.0.0/8]\ntimeouts: {response: 5m}\n';
    const first = read('agent', '--data', '/d', '--docker', 'unix:///run/x.sock', '--config', file(text));
    assert.ok(first.action === 'serve' && first.role === 'agent');
    assert.deepEqual(read(...agentArguments(first.config)), first);
  });
});

describe('a join', () => {
  it('takes a name, a file, and what it may do', () => {
    const invocation = read('join', '--name', 'db-2', '--file', '/l', '--replace', '--check', '--foreground');
    assert.ok(invocation.action === 'join');
    const { name, file: from, replace, checkOnly, foreground } = invocation.config;
    assert.deepEqual([name, from, replace, checkOnly, foreground], ['db-2', '/l', true, true, true]);
    const plain = read('join');
    assert.ok(plain.action === 'join');
    assert.deepEqual([plain.config.name, plain.config.replace, plain.config.checkOnly], [undefined, false, false]);
  });

  it('refuses the line among its arguments, and does not tell it again', () => {
    const [problem, ...more] = problems('join', `orca-join://10.0.0.1:6881/${'S'.repeat(32)}#sha256=${'a'.repeat(64)}`);
    assert.match(problem ?? '', /read from standard input, or with --file/);
    assert.ok(![problem, ...more].join().includes('SSSS'));
  });

  it('refuses what cannot be a name', () => {
    for (const name of ['Db', 'a b', '-a', 'a'.repeat(64)])
      assert.equal(problems('join', '--name', name).length, 1, name);
  });

  it('has its help, and the agent has its own', () => {
    for (const [role, flags] of [
      [
        'join',
        ['--file', '--name', '--check', '--replace', '--foreground', '--data', '--docker', '/etc/orca/agent.yml'],
      ],
      ['agent', ['--stop [--all]', '--http ', '--data', '--docker', '--log-level', '/etc/orca/agent.yml']],
    ] as const) {
      const help = read(role, '--help');
      assert.ok(help.action === 'help');
      for (const flag of flags) assert.ok(help.text.includes(flag), `${role} ${flag}`);
      assert.ok(!help.text.includes('--api'));
    }
  });
});
