import assert from 'node:assert/strict';
import { after, before, describe, it } from 'node:test';
import * as serviceContract from '../../../src/contract/services.ts';
import * as statusContract from '../../../src/contract/status.ts';
import { type ScriptedServer, scriptedServer } from '../client/scripted-server.ts';
import { type CliResult, runCli } from './run-cli.ts';
import { service, status } from './samples.ts';

const SERVICES = [
  ...['web', 'api', 'db', 'spare'].map((name) => service({ name })),
  ...['shop', 'blog'].map((project) => service({ name: 'cache', project })),
];

describe('orca, changing', { concurrency: 2 }, () => {
  let server: ScriptedServer;
  before(async () => {
    server = await scriptedServer([
      [statusContract.status, () => ({ json: status(SERVICES) })],
      [
        serviceContract.scale,
        ({ params, body }) => {
          const { replicas } = body as { replicas: number };
          if (replicas === 9) return { status: 503, json: { error: 'the store is away', code: 'unavailable' } };
          return {
            json: {
              service: params['name'],
              project: 'shop',
              replicas,
              previous: 2,
              scaled_from: replicas === 3 ? 2 : null,
            },
          };
        },
      ],
      [serviceContract.start, ({ params }) => ({ json: { ok: 'start', service: params['name'], project: 'shop' } })],
      [
        serviceContract.removeService,
        ({ params, query }) => ({
          json: { ok: 'stop', stopped: [params['name']], removed: query['purge'] ? [params['name']] : [] },
        }),
      ],
      [
        serviceContract.removeProject,
        ({ query }) => ({ json: { ok: 'stop', stopped: ['web', 'db'], removed: query['purge'] ? ['web', 'db'] : [] } }),
      ],
      [serviceContract.stopAll, () => ({ json: { ok: 'stop', stopped: ['shop/web', 'blog/web'], removed: [] } })],
    ]);
  });
  after(async () => {
    await server.close();
    assert.deepEqual(server.violations, []);
  });
  const run = (...args: string[]): Promise<CliResult> => runCli(args, { api: server.api });
  const says = async (stdout: string, ...args: string[]) =>
    assert.deepEqual(await run(...args), { code: 0, stdout, stderr: '' });

  it('scale takes several, and says what changes and until when', () =>
    says(
      'web: 2 -> 3, until the count in the file (2) changes\napi: 2 -> 0\ndb has 2 already\n',
      'scale',
      'web=3',
      'shop/api=0',
      'db=2',
    ));

  it('scale refuses what it cannot read before it changes anything', async () => {
    const { code, stderr } = await run('scale', 'many=1', 'api=many');
    assert.deepEqual([code, stderr], [1, 'error: cannot scale by "api=many"\nhint: it looks like web=3\n']);
    assert.ok(!server.requests.some((line) => line.includes('/services/many/')));
  });

  it('changes nothing when one of the names is not there, or is in several projects', async () => {
    const unknown = 'error: service not found: nope\nhint: there are: web, api, db, spare, shop/cache, blog/cache\n';
    const several =
      'error: several projects have a service cache: shop, blog\nhint: say which one: shop/cache or blog/cache\n';
    for (const [verb, good, nope, cache] of [
      [['scale'], 'spare=2', 'nope=3', 'cache=2'],
      [['stop'], 'spare', 'nope', 'cache'],
      [['start'], 'spare', 'nope', 'cache'],
      [['rm', '--yes'], 'spare', 'nope', 'cache'],
    ] as const) {
      assert.deepEqual(await run(...verb, good, nope), { code: 1, stdout: '', stderr: unknown });
      assert.deepEqual(await run(...verb, good, cache), { code: 8, stdout: '', stderr: several });
    }
    assert.ok(!server.requests.some((line) => line.includes('/services/spare')));
    await says('starting cache\n', 'start', 'cache', '-p', 'blog');
    assert.ok(server.requests.includes('POST /api/v1/services/cache/start?project=blog'));
  });

  it('says what was done and what was not begun, when one fails half way', async () => {
    const several = ['web=3', 'api=9', 'db=2'];
    const { code, stdout, stderr } = await run('scale', ...several);
    assert.deepEqual([code, stdout], [1, 'web: 2 -> 3, until the count in the file (2) changes\n']);
    assert.equal(stderr, 'error: api: the store is away; done before it: web; not begun: db\n');
    const told = JSON.parse((await run('scale', '--json', ...several)).stderr);
    assert.deepEqual(told.details, { status: 503, done: ['web'], failed: 'api', left: ['db'] });
  });

  it('start and stop take services', async () => {
    await says('starting web\n', 'start', 'web');
    await says('stopping web\nstopping db\n', 'stop', 'web', 'db', '-p', 'shop');
  });

  it('what takes a whole project away needs a yes, where nobody can be asked', async () => {
    for (const args of [
      ['stop', '--project', 'shop'],
      ['stop', '--all'],
      ['rm', 'web'],
    ]) {
      assert.deepEqual(await run(...args), {
        code: 1,
        stdout: '',
        stderr: 'error: this needs a yes, and there is no terminal to ask on\nhint: add --yes\n',
      });
    }
  });

  it('with --yes it goes on', async () => {
    await says('stopping web and db\n', 'stop', '--project', 'shop', '--yes');
    await says('stopping shop/web and blog/web\n', 'stop', '--all', '-y');
    await says('removing web\n', 'rm', 'web', '--yes');
    await says('removing web and db\n', 'rm', '-p', 'shop', '--yes');
    await says('{"ok":"stop","stopped":["web"],"removed":["web"]}\n', 'rm', 'shop/web', '--yes', '--json');
    assert.ok(server.requests.includes('DELETE /api/v1/services/web?project=shop&purge=true'));
  });

  it('stop says what is missing, or too much', async () => {
    assert.match(
      (await run('stop')).stderr,
      /^error: what is to be stopped\?\nhint: name services, or --project, or --all\n$/,
    );
    assert.match((await run('stop', 'web', '--all', '-y')).stderr, /^error: --all goes with nothing else\n$/);
  });
});
