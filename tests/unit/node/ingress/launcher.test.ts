import assert from 'node:assert/strict';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type TestContext, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createIngressLauncher } from '../../../../src/node/ingress/launcher.ts';
import { logPath } from '../../../../src/node/ingress/process-log.ts';
import { createLogger } from '../../../../src/telemetry/log.ts';

const SECOND = 1000;
const HOUR = 3600 * SECOND;

/** A launcher of processes that run this program, which no link reaches unless the test says so, and a clock that only the test moves. */
function setUp(t: TestContext, program: string) {
  const dir = mkdtempSync(join(tmpdir(), 'orca-launcher-'));
  const clock = { at: Date.now(), now: () => clock.at };
  const link: { pid: number | undefined } = { pid: undefined };
  const found = () => (link.pid === undefined ? undefined : { pid: link.pid });
  const launcher = createIngressLauncher({
    dir,
    http: () => 'off',
    command: [process.execPath, '-e', program],
    args: () => ['ingress', '--data', dir],
    link: {
      connected: found,
      attached: found,
      refused: () => undefined,
      names: () => undefined,
      stopDataPlane: () => false,
    },
    log: createLogger({ level: 'fatal' }),
    clock,
  });
  t.after(async () => {
    await launcher.stopAll(0);
    rmSync(dir, { recursive: true, force: true });
  });
  return { launcher, clock, dir, link };
}

async function until(what: string, holds: () => boolean): Promise<void> {
  for (let i = 0; !holds(); i += 1) {
    assert.ok(i < 18_000, `not within 180 s: ${what}`);
    await sleep(10);
  }
}

test('a pause between two starts is over when the clock was set back', async (t) => {
  const { launcher, clock } = setUp(t, 'process.exit(1)');
  await launcher.start();
  await until('it pauses', () => launcher.status().state === 'failed' && launcher.status().restarts === 1);
  clock.at -= HOUR;
  await until('started again', () => launcher.status().restarts === 2);
});

test('why there is none tells one that died from one that ended as it was told', async (t) => {
  for (const [code, why] of [
    [1, /^the data plane died: it ended with code 1; see /],
    [0, /^the data plane was told to end, and another one is about to be started$/],
  ] as const) {
    const { launcher } = setUp(t, `process.exit(${code})`);
    await launcher.start();
    await until('it has ended', () => launcher.status().reason !== undefined);
    assert.match(launcher.status().reason ?? '', why);
  }
});

test('a data plane that does not come up is ended although the clock was set back', async (t) => {
  const { launcher, clock } = setUp(t, 'setInterval(() => {}, 1000)');
  await launcher.start();
  const { pid } = launcher.status();
  clock.at -= HOUR;
  await until('another was started', () => {
    clock.at += SECOND;
    return launcher.status().restarts === 1;
  });
  assert.notEqual(launcher.status().pid, pid);
});

test('a data plane that does not heed SIGTERM is ended although the clock stands still', async (t) => {
  const { launcher, dir } = setUp(
    t,
    "process.on('SIGTERM', () => {}); setInterval(() => {}, 1000); console.log('deaf')",
  );
  await launcher.start();
  const { pid = 0 } = launcher.status();
  await until('it runs', () => readFileSync(logPath(dir), 'utf8') === 'deaf\n');
  await launcher.stopAll(0);
  await until('it is gone', () => !existsSync(`/proc/${pid}`));
});

test('a data plane that is ended as soon as it was started does not run on', async (t) => {
  const { launcher } = setUp(t, 'setInterval(() => {}, 1000)');
  await launcher.start();
  const { pid = 0 } = launcher.status();
  await launcher.stopAll(0);
  await until('it is gone', () => !existsSync(`/proc/${pid}`));
});

test('a data plane that was found running, and whose end nobody is told of, is missed', async (t) => {
  const { launcher, link } = setUp(t, 'setInterval(() => {}, 1000)');
  link.pid = 1;
  await launcher.start();
  assert.deepEqual(launcher.status(), { state: 'running', pid: 1, restarts: 0 });
  link.pid = undefined;
  await until('another was started', () => launcher.status().pid !== undefined);
});
