import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, describe, it } from 'node:test';
import fc from 'fast-check';
import type { Check } from '../../../src/agent/preflight/check.ts';
import { judgeClock } from '../../../src/agent/preflight/clock.ts';
import { checkDocker, judgeCgroups, judgeDisk, judgeDocker } from '../../../src/agent/preflight/docker.ts';
import { checkMachine } from '../../../src/agent/preflight/machine.ts';
import { judgePacketSize, type Pinged } from '../../../src/agent/preflight/packet-size.ts';
import { preflight } from '../../../src/agent/preflight/preflight.ts';
import { checkReach, failedReach } from '../../../src/agent/preflight/reach.ts';
import { showChecks } from '../../../src/agent/preflight/show.ts';

const folder = mkdtempSync(join(tmpdir(), 'orca-preflight-'));
after(() => rmSync(folder, { recursive: true }));

const outcomes = (checks: readonly Check[]): readonly string[] =>
  checks.map(({ outcome, name }) => `${name} ${outcome}`);

describe('the machine', () => {
  it("needs root, and a data folder that is no master's", async () => {
    assert.equal((await checkMachine(folder, true)).outcome, 'ok');
    assert.equal((await checkMachine(join(folder, 'a/b'), true)).outcome, 'ok');
    const ordinary = await checkMachine(folder, false);
    assert.equal(ordinary.outcome, 'failed');
    assert.match(ordinary.hint ?? '', /run it as root/);
    writeFileSync(join(folder, 'orca.db'), '');
    const master = await checkMachine(folder, true);
    assert.equal(master.outcome, 'failed');
    assert.match(`${master.found} ${master.hint}`, /data folder of a master.*another machine/);
  });
});

describe('the way to the master', () => {
  it('is told with the port, the direction, and what to change', () => {
    const at = { host: '10.0.0.1', port: 6881 };
    const closed = failedReach('ECONNREFUSED', at);
    assert.match(closed.found, /TCP 6881 of 10\.0\.0\.1 is refused/);
    assert.match(closed.hint ?? '', /allow TCP 6881, in to 10\.0\.0\.1 and out of this machine/);
    assert.match(failedReach('ETIMEDOUT', at).hint ?? '', /a firewall drops it: allow TCP 6881, in to/);
    assert.match(
      failedReach('EHOSTUNREACH', at).hint ?? '',
      /ip route get 10\.0\.0\.1.*allow TCP 6881, in to 10\.0\.0\.1/,
    );
    assert.match(failedReach('EPERM', at).found, /EPERM/);
  });

  it('ends at a name that nobody knows', async () => {
    const { checks, address } = await checkReach({ host: 'nobody.invalid', port: 6881 });
    assert.deepEqual(outcomes(checks), ['name failed']);
    assert.equal(address, undefined);
    assert.match(checks[0]?.hint ?? '', /orca node token --address/);
  });

  it('ends at a port on which nobody listens', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    await once(server, 'close');
    const { checks, address } = await checkReach({ host: '127.0.0.1', port });
    assert.deepEqual(outcomes(checks), ['name ok', 'port failed']);
    assert.equal(address, undefined);
  });

  it('leads to another machine', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const { checks, address } = await checkReach({ host: '127.0.0.1', port });
    server.close();
    assert.deepEqual(outcomes(checks), ['name ok', 'port failed']);
    assert.match(checks[1]?.found ?? '', /the master runs here/);
    assert.equal(address, undefined);
  });
});

describe('the clock', () => {
  it('is told by how much it is off, and never fails', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 10_000 }), (offset, trip) => {
        const before = 1_800_000_000_000;
        const check = judgeClock({ before, after: before + trip, master: before + trip / 2 - offset });
        const isFar = Math.abs(offset) - trip / 2 > 5_000;
        assert.equal(check.outcome, isFar ? 'warning' : 'ok');
        if (isFar) assert.match(check.found, offset > 0 ? /ahead of the master's/ : /behind the master's/);
      }),
    );
  });

  it('is told in words of a size that fits', () => {
    const off = (ms: number) => judgeClock({ before: 0, after: 0, master: ms }).found;
    assert.deepEqual([0, 300, -9_000, 300_000, 3 * 3_600_000].map(off), [
      "as the master's",
      "300 ms behind the master's",
      "9.0 s ahead of the master's",
      "5 min behind the master's",
      "3 h behind the master's",
    ]);
  });
});

describe('Docker', () => {
  const info = { ServerVersion: '28.3.1', Driver: 'overlay2', DockerRootDir: '/var/lib/docker' };

  it('is told with its version; settings that would be in the way are named with their file', () => {
    assert.deepEqual(judgeDocker(info, '1.51'), [
      { name: 'docker', outcome: 'ok', found: '28.3.1, API 1.51, overlay2' },
    ]);
    const odd = { ...info, LiveRestoreEnabled: true, SecurityOptions: ['name=seccomp,profile=builtin', 'name=userns'] };
    const checks = judgeDocker(odd, '1.51');
    assert.deepEqual(outcomes(checks), ['docker ok', 'live-restore warning', 'userns-remap warning']);
    for (const { hint } of checks.slice(1)) assert.match(hint ?? '', /\/etc\/docker\/daemon\.json/);
    assert.deepEqual(outcomes(judgeDocker({ ...info, SecurityOptions: ['name=rootless'] }, '1.51')), ['docker failed']);
  });

  it('that does not answer is failed with what to do', async () => {
    const [check] = await checkDocker(join(folder, 'no.sock'));
    assert.equal(check?.outcome, 'failed');
    assert.match(
      check?.hint ?? '',
      /install Docker Engine 20\.10 or later and start it, or name its socket with --docker/,
    );
  });

  it('can limit what services take', () => {
    assert.equal(judgeCgroups({ ...info, CgroupVersion: '2', MemoryLimit: true }).outcome, 'ok');
    const check = judgeCgroups({ ...info, CgroupVersion: '1', MemoryLimit: false, PidsLimit: false });
    assert.equal(check.outcome, 'failed');
    assert.match(check.found, /memory and processes cannot be limited/);
  });

  it('has room on its disk', () => {
    const disk = (gib: number) => judgeDisk({ root: '/var/lib/docker', size: 100 * 1024 ** 3, free: gib * 1024 ** 3 });
    assert.deepEqual(
      [0.5, 3, 50].map((gib) => disk(gib).outcome),
      ['failed', 'warning', 'ok'],
    );
    assert.equal(judgeDisk(undefined).outcome, 'untested');
  });
});

describe('the size of packets', () => {
  const judge = async (answer: (bytes: number) => Pinged, address = '10.0.0.1') => {
    const asked: number[] = [];
    const check = await judgePacketSize(1500, address, async (bytes) => {
      asked.push(bytes);
      return answer(bytes);
    });
    return { check, asked };
  };

  it('is tried as large as the interface allows, both ways', async () => {
    const { check, asked } = await judge(() => 'answered');
    assert.equal(check.outcome, 'ok');
    assert.deepEqual(asked, [56, 1472]);
    assert.deepEqual((await judge(() => 'answered', 'fd00::1')).asked, [56, 1452]);
  });

  it('that gets lost is failed with what to change', async () => {
    const { check } = await judge((bytes) => (bytes > 1372 ? 'silent' : 'answered'));
    assert.equal(check.outcome, 'failed');
    assert.match(
      `${check.found} ${check.hint}`,
      /packets of 1500 bytes do not get to 10\.0\.0\.1.*MTU.*fragmentation needed/,
    );
  });

  it('that a machine on the way tells to be too large is a warning with the one that fits', async () => {
    const { check } = await judge((bytes) => (bytes > 1372 ? { fits: 1400 } : 'answered'));
    assert.equal(check.outcome, 'warning');
    assert.match(check.found, /those of 1400 do/);
  });

  it('is not said to be right where nobody answers, or nothing here can ask', async () => {
    for (const answer of ['silent', 'impossible'] as const) {
      const { check } = await judge(() => answer);
      assert.equal(check.outcome, 'untested', answer);
      assert.ok(check.hint);
    }
  });
});

describe('the preflight', () => {
  const line = { host: 'nobody.invalid', port: 6881, secret: 's'.repeat(32), ca: 'a'.repeat(64) };
  const greet = async () => assert.fail('was asked though it cannot be reached');

  it('says what is untested because of something before it, and the rest all the same', async () => {
    const options = { line, data: join(folder, 'x'), dockerSocket: join(folder, 'no.sock'), root: true, greet };
    const checks = await preflight(options);
    assert.deepEqual(outcomes(checks), [
      'machine ok',
      'name failed',
      'TLS untested',
      'clock untested',
      'packet size untested',
      'docker failed',
    ]);
  });

  it('fits on one screen, what to change below each', () => {
    const text = showChecks([
      { name: 'port', outcome: 'failed', found: 'no', hint: 'allow it' },
      { name: 'clock', outcome: 'ok', found: 'yes' },
    ]);
    assert.equal(text, '  failed    port   no\n                   allow it\n  ok        clock  yes\n');
  });
});
