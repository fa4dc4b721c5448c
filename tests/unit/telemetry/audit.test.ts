import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'node:test';
import { type AuditEntry, createAudit } from '../../../src/telemetry/audit/audit.ts';
import { createLogger } from '../../../src/telemetry/log.ts';

const entry = (at: number, changes: Partial<AuditEntry> = {}): AuditEntry => ({
  at,
  actor: 'ci',
  actor_id: 'a1',
  role: 'deployer',
  address: '127.0.0.1',
  method: 'POST',
  path: `/n/${at}`,
  about: null,
  status: 200,
  code: null,
  result: 'done',
  request_id: 'r1',
  ...changes,
});

function open(t: TestContext, { limit, dir = folder(t) }: { limit?: number; dir?: string } = {}) {
  const logged: string[] = [];
  const log = createLogger({ level: 'debug', destination: { write: (line) => logged.push(line) } });
  const audit = createAudit({ dir, log, ...(limit === undefined ? {} : { limit }) });
  t.after(() => audit.close());
  return { audit, logged, dir };
}

function folder(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'orca-audit-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return dir;
}

const times = async (audit: ReturnType<typeof open>['audit'], limit = 1000, since = 0) =>
  (await audit.read({ limit, since })).map(({ at }) => at);

describe('the audit log', () => {
  it('is read back as it was written, across restarts', async (t) => {
    const { audit, dir } = open(t);
    const first = entry(5, { about: { services: ['shop/web'] }, path: '/\u2028\r\n' });
    audit.write(first);
    const again = open(t, { dir }).audit;
    again.write(entry(6));
    assert.deepEqual(await again.read({ limit: 10 }), [first, entry(6)]);
    assert.equal(readFileSync(join(dir, 'audit.log'), 'utf8').split('\n').length, 3);
  });

  it('is kept in ten files below a size each, and read across all of them', async (t) => {
    const { audit, dir } = open(t, { limit: 2_000 });
    for (let at = 1; at <= 500; at += 1) audit.write(entry(at));
    const files = readdirSync(dir);
    assert.equal(files.length, 10);
    for (const file of files) {
      const { size, mode } = statSync(join(dir, file));
      assert.ok(size <= 2_000, `${file}: ${size}`);
      assert.equal(mode & 0o777, 0o600);
    }
    const kept = await times(audit);
    assert.ok(kept.length > 60);
    assert.deepEqual(
      kept,
      Array.from(kept, (_, n) => 500 - kept.length + n + 1),
      'the newest, none left out, none twice',
    );
    assert.deepEqual(await times(audit, 3), [498, 499, 500]);
    assert.deepEqual(await times(audit, 1000, 490), [490, 491, 492, 493, 494, 495, 496, 497, 498, 499, 500]);
  });

  it('keeps what was done, however much is refused', async (t) => {
    const { audit, dir } = open(t, { limit: 2_000 });
    audit.write(entry(1));
    for (let at = 2; at <= 1_000; at += 1) audit.write(entry(at, { status: 401, result: 'refused' }));
    assert.deepEqual(
      (await audit.read({ limit: 10, only: 'changes' })).map(({ at }) => at),
      [1],
    );
    assert.equal(readdirSync(dir).filter((name) => name.startsWith('audit-refused')).length, 3);
  });

  it('reads lines that are longer than what is read at once', async (t) => {
    const { audit } = open(t);
    const long = entry(1, { about: { text: 'x'.repeat(200_000) } });
    audit.write(long);
    audit.write(entry(2));
    assert.deepEqual(await audit.read({ limit: 10 }), [long, entry(2)]);
  });

  it('goes on after a line that a power cut tore', async (t) => {
    const { audit, dir } = open(t);
    audit.write(entry(1));
    appendFileSync(join(dir, 'audit.log'), '{"time":"1970-01-01T00:00:00.002Z","act');
    const again = open(t, { dir }).audit;
    again.write(entry(3));
    assert.deepEqual(await times(again), [1, 3]);
  });

  it('writes to the file of its name after somebody moved the one that was there, and through no link', async (t) => {
    const { audit, dir } = open(t);
    audit.write(entry(1));
    renameSync(join(dir, 'audit.log'), join(dir, 'moved'));
    audit.write(entry(2));
    assert.deepEqual(await times(audit), [2]);
    const elsewhere = join(dir, 'elsewhere');
    writeFileSync(elsewhere, '');
    const linked = folder(t);
    symlinkSync(elsewhere, join(linked, 'audit.log'));
    open(t, { dir: linked }).audit.write(entry(3));
    assert.equal(readFileSync(elsewhere, 'utf8'), '');
  });

  it('that cannot be written says so, puts its lines into the log, and tells of the gap when it can again', async (t) => {
    const dir = join(folder(t), 'gone');
    const { audit, logged } = open(t, { dir });
    assert.equal(audit.trouble(), undefined);
    audit.write(entry(1));
    audit.write(entry(2));
    assert.match(audit.trouble() ?? '', /cannot be written \(ENOENT.*\): 2 lines are in the server's log only/);
    assert.equal(logged.filter((line) => line.includes('"level":"error"')).length, 1);
    assert.ok(logged.some((line) => JSON.parse(line).audit?.path === '/n/2'));
    mkdirSync(dir);
    audit.write(entry(3));
    assert.equal(audit.trouble(), undefined);
    const [gap, line] = readFileSync(join(dir, 'audit.log'), 'utf8')
      .trim()
      .split('\n')
      .map((text) => JSON.parse(text));
    assert.deepEqual([gap.time, gap.missed], ['1970-01-01T00:00:00.001Z', 2]);
    assert.equal(line.path, '/n/3');
    assert.deepEqual(await times(audit), [3]);
  });

  it('has no half of a line where the disk is full', { skip: process.getuid?.() !== 0 && 'needs root' }, async (t) => {
    const dir = mkdtempSync(join(tmpdir(), 'orca-audit-full-'));
    t.after(() => {
      spawnSync('umount', ['-l', dir]);
      rmSync(dir, { recursive: true, force: true });
    });
    assert.equal(spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=8k', 'tmpfs', dir]).status, 0);
    const { audit } = open(t, { dir });
    let written = 0;
    for (; audit.trouble() === undefined && written < 200; written += 1) audit.write(entry(written));
    assert.match(audit.trouble() ?? '', /ENOSPC/);
    const text = readFileSync(join(dir, 'audit.log'), 'utf8');
    assert.ok(text.endsWith('\n'));
    assert.deepEqual(
      await times(audit),
      Array.from({ length: written - 1 }, (_, n) => n),
    );
  });
});
