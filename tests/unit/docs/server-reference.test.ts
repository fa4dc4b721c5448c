import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { standardOf } from '../../../src/config/resolve.ts';
import { environmentName, flagName, SETTINGS, type Setting, type SettingKey } from '../../../src/config/settings.ts';

const page = readFileSync(new URL('../../../docs/server.md', import.meta.url), 'utf8');

const row = (key: SettingKey): string => {
  const setting: Setting = SETTINGS[key];
  const standard = standardOf(setting, { root: true, home: '~', data: 'DIR' });
  const about = `${setting.about}${setting.later ? ' (not yet supported)' : ''}`;
  const cells = [
    `\`${key}\``,
    setting.fileOnly ? '-' : `\`${flagName(key)}\``,
    setting.fileOnly ? '-' : `\`${environmentName(key)}\``,
    setting.type.form,
    standard === '' ? '-' : `\`${standard}\``,
    about,
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
};

const table = (): string =>
  [
    '| Key | Flag | Environment | Form | Default | What |',
    '|---|---|---|---|---|---|',
    ...(Object.keys(SETTINGS) as SettingKey[]).filter((key) => !(SETTINGS[key] as Setting).flagOnly).map(row),
  ].join('\n');

describe('docs/server.md', () => {
  it('has a line for every setting, with its names, form and default', () => {
    const [, found = ''] = /<!-- settings:[^>]*-->\n([\s\S]*?)<!-- end -->/.exec(page) ?? [];
    assert.equal(found.trim(), table());
  });

  it('names every setting that only a flag gives', () => {
    const flags = (Object.keys(SETTINGS) as SettingKey[])
      .filter((key) => (SETTINGS[key] as Setting).flagOnly)
      .map(flagName);
    assert.deepEqual(
      flags.filter((flag) => !page.includes(flag)),
      [],
    );
  });
});
