import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { standardOf } from '../../../src/config/resolve.ts';
import { SETTINGS, type SettingKey } from '../../../src/config/settings.ts';

const page = readFileSync(new URL('../../../docs/ingress.md', import.meta.url), 'utf8');
const server = { root: true, home: '~', data: 'DIR' };

/** `10s`, `64Ki`, `20000` as the page writes them: `10 s`, `64 KiB`, `20,000`. */
const written = (key: SettingKey): string =>
  standardOf(SETTINGS[key], server)
    .replace(/^(\d+)s$/, '$1 s')
    .replace(/^(\d+)Ki$/, '$1 KiB')
    .replace('none', 'no limit')
    .replace(/(\d)(\d{3})$/, '$1,$2');

describe('docs/ingress.md', () => {
  it('has the times and limits that can be set as the settings have them', () => {
    const places: readonly [SettingKey, string, (standard: string) => string][] = [
      ['timeouts.head', 'head, from', (one) => one],
      ['timeouts.keep_alive', 'kept client connection', (one) => `${one} (5 s)`],
      ['timeouts.upload_idle', 'body: no byte', (one) => one],
      ['timeouts.connect', 'connecting:', (one) => `10 s / ${one}`],
      ['timeouts.response', 'answer: to its head', (one) => `${one} / ${written('timeouts.response_idle')}`],
      ['timeouts.handshake', 'WebSocket: connecting', (one) => `5 s / ${one}`],
      ['limits.head', 'head of a request', (one) => `${one}, 200 lines; target 16 KiB`],
      ['limits.body', 'body |', (one) => one],
      ['limits.connections', 'connections of a worker', (one) => `${one} / 5,000`],
    ];
    for (const [key, begin, cell] of places) {
      const line = page.split('\n').find((one) => one.startsWith(`| ${begin}`)) ?? '';
      assert.equal(line.split(' | ')[1], cell(written(key)), `${key}: ${line}`);
    }
  });

  it('names settings as they are written', () => {
    assert.doesNotMatch(page, /trustedProxies|keepAlive|uploadIdle/);
  });
});
