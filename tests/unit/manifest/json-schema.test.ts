// biome-ignore-all lint/suspicious/noTemplateCurlyInString: they are the manifest's references
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { parse } from 'yaml';
import { ManifestError } from '../../../src/manifest/error.ts';
import { manifestJsonSchema } from '../../../src/manifest/json-schema.ts';
import { parseManifest } from '../../../src/manifest/parse.ts';
import { BROKEN, web } from './broken.ts';
import { BROKEN_CANARY } from './broken-canary.ts';

const validate = new Ajv2020({ strict: true, allowUnionTypes: true, strictTypes: false }).compile(manifestJsonSchema());

/** As an editor reads it: one that is no YAML is refused before the schema is asked. */
function editorTakes(text: string): boolean {
  try {
    return validate(parse(text, { schema: 'core', uniqueKeys: true, logLevel: 'error' }));
  } catch {
    return false;
  }
}

function parserTakes(text: string): boolean {
  try {
    parseManifest(text, { file: 'orca.yml', env: { R: '2', D: '30s', PORT: '8080', NAME: 'shop' } });
    return true;
  } catch (error) {
    assert.ok(error instanceof ManifestError, String(error));
    return false;
  }
}

const GOOD: readonly string[] = [
  web(''),
  web('replicas: 0'),
  web('replicas: ${env.R:-2}'),
  web('replicas: ${env.R}'),
  web('port: ${env.PORT}\nhealth:\n  path: /up?deep=1\n  interval: ${env.D}\n  failures: ${env.R}'),
  web('port: 80\ndomain: ${env.NAME}.example.com'),
  web(
    'port: 80\ndomains: [Shop.Example.COM., bücher.example, a-b.c1]\nroutes: [{path: /}, {path: /a/b/}, {path: /a.b}]',
  ),
  web('image: ${env.NAME}/app:1').replace('image: nginx:1.27\n', ''),
  web('drain_timeout: 1.5h\nstop_grace: 500ms\ndeploy:\n  monitor: 0s\n  deadline: 2 m\n  rollback: ${env.X:-true}'),
  web('resources: {memory: 512Mi, cpu: 0.5}\nreserve: {memory: 10MB, cpu: "0.25"}\nshm_size: 64KiB'),
  web('resources: {memory: 10000000B, cpu: "2"}\nlogging: {max_size: 1.5G, max_files: 5}'),
  web('ports: ["9000:80", "127.0.0.1:53:53/udp", "[::1]:9001:80", "0.0.0.0:9002:80/tcp"]'),
  web('ports: ["${env.PORT}:80"]'),
  web('command: node server.js --name "a b"\nentrypoint: [sh, -c, "a | b", 1, true]'),
  web('env: {A: 1, B: true, C: "${env.R}", D: $$x}\nlabels: {a.b/c: 1}\nuser: 1000\nworking_dir: /a/..b'),
  web('ulimits: {nofile: 1024, core: {soft: 0, hard: -1}}\ncap_drop: [ALL, net_raw]\nstop_signal: term'),
  web('tmpfs: [/run, "/tmp:size=64Mi"]\nextra_hosts: ["db:10.0.0.1"]\nrestart: on-failure\npull: never\ninit: false'),
  web('port: 80\ndomain: a.test\ndeploy: {strategy: canary}'),
  web(
    'port: 80\ndomain: a.test\ndeploy: {strategy: canary, canary: {steps: [1, 99], by: {header: X-User}, auto: false}}',
  ),
  web('port: 80\ndomain: a.test\ntls: internal'),
  web('port: 80\ndomain: a.test\ntls: {cert: A, key: B, redirect: false, hsts: {max_age: 30d}}'),
  web('internal: true'),
  web('internal: [billing, crm]'),
  web('sticky: false\ninternal: false\nplacement: {node: "${env.NAME}"}\nread_only: true'),
  ...[
    'registry.example.com:5000/a/b:v1',
    `a/b@sha256:${'a'.repeat(64)}`,
    `ghcr.io/a/b_c--d:1@sha256:${'0'.repeat(64)}`,
  ].map((image) => web('').replace('nginx:1.27', image)),
  web('').replace('project: shop', 'project: ${env.NAME}'),
  readFileSync('orca.yml.example', 'utf8'),
];

const BAD: readonly string[] = [
  'resources: {memory: 4g}',
  'resources: {memory: 1.5}',
  'drain_timeout: 1h30m',
  'drain_timeout: 30',
  'port: 80\ndomain: shop.example.com:80',
  'port: 80\ndomain: "*.example.com"',
  'replicas: {min: 1, max: 3}',
  'sticky: true',
  'internal: billing',
  'hold: {}',
  'ports: ["80"]',
  'command: []',
  'replicas: ${secrets.R}',
  'replicas: some',
].map(web);

const ELSEWHERE = ['jobs: {}\n', 'volumes: []\n', 'jobs: {a: {image: b, schedule: "0 3 * * *"}}\n'].map(
  (more) => `${web('')}${more}`,
);

/** What no pattern says: bounds of what has a unit, rules between keys and services, text as a shell or a reference is read, what stands elsewhere. */
const ONLY_PARSED: readonly string[] = [
  'an old YAML version',
  'half a character',
  'domain label too long',
  'domain too long',
  'domain twice',
  'domain and domains',
  'domain without a port',
  'depends on itself',
  'two probes',
  'a shell in a probe',
  'health without a port',
  'routes without a domain',
  'route twice',
  'interval too short',
  'timeout too long',
  'memory too small',
  'reserve over the limit',
  'env value too long',
  'an unset variable',
  'a variable without namespace',
  'an unknown namespace',
  'a reference not closed',
  'a file of variables that cannot be read',
  'command empty',
  'command with a pipe',
  'command quote not closed',
  'published port out of range',
  'published on a name',
  'published twice',
  'blue-green without a domain',
  'blue-green with a host port',
  'blue-green without a way back',
  'keep of rolling',
  'min_ready beyond deadline',
  'a deadline that no task without a port can meet',
  'signal',
  "a label of orca's",
  'tmpfs option',
  'tmpfs on /',
  'extra_hosts',
  'extra_hosts that hides a service',
  'localhost',
  'cap_drop',
  'ulimit soft over hard',
  'domain of another service',
  'a file to read',
  'a file of nothing',
  'a file of two',
  'a file at /',
  'a file in /sys',
  'a file for docker',
  'a file twice',
  'a file in a file',
  'a file under a mount',
  'a file over a mount',
  'a file of a read-only container',
  'base64',
  'internal for its own project',
  'a secret with a default',
  'a secret in a label',
  'a secret as an argument',
  'a cert alone',
  'two sources',
  'tls without a domain',
  'preload for a month',
  'canary without a domain',
  'canary with a host port',
  'canary without a way back',
  'canary by a header that the ingress says itself',
  'canary of rolling',
  'canary steps that fall',
];

const NAMED_BAD = [
  ...[...BROKEN, ...BROKEN_CANARY].map(({ name, text }) => ({ name, text: text.replace('@@', '') })),
  ...[...BAD, ...ELSEWHERE].map((text) => ({ name: text, text })),
];

describe('the JSON Schema of a manifest', () => {
  it('takes what the parser takes', () => {
    for (const text of GOOD) {
      assert.ok(parserTakes(text), text);
      assert.ok(editorTakes(text), `${text}\n${JSON.stringify(validate.errors, undefined, 1)}`);
    }
  });

  it('refuses what the parser refuses, but for what is named here', () => {
    for (const { name, text } of NAMED_BAD) assert.ok(!parserTakes(text), name);
    const taken = NAMED_BAD.filter(({ text }) => editorTakes(text)).map(({ name }) => name);
    assert.deepEqual(taken, ONLY_PARSED);
  });
});
