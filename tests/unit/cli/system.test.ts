import assert from 'node:assert/strict';
import { describe, it, type TestContext } from 'node:test';
import { diskUse, prune } from '../../../src/contract/disk.ts';
import { DISK, OLD_IMAGE } from '../../../src/contract/openapi/samples.ts';
import { scriptedServer } from '../client/scripted-server.ts';
import { runCli } from './run-cli.ts';

async function server(t: TestContext) {
  const wishes: unknown[] = [];
  const scripted = await scriptedServer([
    [diskUse, () => ({ json: DISK })],
    [
      prune,
      ({ body }) => {
        wishes.push(body);
        const { image, bytes } = OLD_IMAGE;
        const failed = [{ node: 'local', what: 'acme/web@sha256:1', reason: 'a container uses it by now' }];
        const unread = [{ node: 'web2', reason: 'it is away' }];
        const { dry_run } = body as { dry_run: boolean };
        return {
          json: { dry_run, images: [{ node: 'local', image, bytes }], containers: [], logs: [], bytes, failed, unread },
        };
      },
    ],
  ]);
  t.after(async () => {
    await scripted.close();
    assert.deepEqual(scripted.violations, []);
  });
  return { api: scripted.api, wishes };
}

describe('orca system', { concurrency: 2 }, () => {
  it('df shows what takes room, what may go, and by project; --long each image', async (t) => {
    const { api } = await server(t);
    const { code, stdout, stderr } = await runCli(['system', 'df'], { api });
    assert.match(stderr, /^node web2 is not counted: .*nothing heard for 12 s/m);
    assert.equal(code, 0);
    assert.match(stdout, /^local, \/var\/lib\/docker: 11 GiB of 39 GiB free$/m);
    assert.match(stdout, /^images pulled by orca +2 +406 MiB +1 \(202 MiB\)/m);
    assert.match(stdout, /^other images +4 +1\.1 GiB +never touched by orca$/m);
    assert.match(stdout, /^shop +204 MiB +0 B +79 KiB$/m);
    assert.doesNotMatch(stdout, /sha256:5d1e/);
    assert.match(
      (await runCli(['system', 'df', '--long'], { api })).stdout,
      /^local +\S+sha256:5d1e\S* +202 MiB +yes +no kept revision/m,
    );
    assert.deepEqual(JSON.parse((await runCli(['system', 'df', '--json'], { api })).stdout), DISK);
  });

  it('prune lists what would go, or went, and what stays after all', async (t) => {
    const { api, wishes } = await server(t);
    const dry = await runCli(['system', 'prune', '--dry-run'], { api });
    assert.equal(dry.stdout, `image ${OLD_IMAGE.image} (202 MiB, on local)\n`);
    assert.match(
      dry.stderr,
      /acme\/web@sha256:1 stays on local: a container uses it by now\nnothing was looked at on node web2: it is away\n1 thing would be removed, up to 202 MiB/,
    );
    const done = await runCli(['system', 'prune', '--logs', '--yes', '--node', 'local'], { api });
    assert.match(done.stderr, /1 thing removed, up to 202 MiB/);
    assert.deepEqual(wishes, [
      { dry_run: true, logs: false },
      { dry_run: false, logs: true, node: 'local' },
    ]);
  });

  it('refuses what makes no sense, and to remove anything that nobody said yes to', async (t) => {
    const { api, wishes } = await server(t);
    for (const [args, told] of [
      [['system', 'du'], /it does: df, prune/],
      [['system', 'df', '--logs'], /--logs does nothing/],
      [['system', 'prune', '--long'], /--long does nothing/],
      [['system', 'prune'], /add --yes/],
    ] as const) {
      const { code, stderr } = await runCli(args, { api });
      assert.equal(code, 1, args.join(' '));
      assert.match(stderr, told);
    }
    assert.deepEqual(wishes, []);
  });
});
