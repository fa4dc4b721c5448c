import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { EXIT, EXIT_MEANING } from '../../../cli/exit-codes.ts';
import { createLive } from '../../../cli/output/live.ts';
import { createStyle } from '../../../cli/output/style.ts';
import { urlsOf } from '../../../cli/output/summary.ts';
import { table } from '../../../cli/output/table.ts';
import { age, took } from '../../../cli/output/time.ts';
import { displayWidth, fit, harmless, pad } from '../../../cli/output/width.ts';
import { formatSize } from '../../../src/core/format-size.ts';

const red = createStyle(true).bad;

describe('width', () => {
  it('counts wide characters twice, marks and escape sequences not at all', () => {
    assert.equal(displayWidth('web'), 3);
    assert.equal(displayWidth('日本'), 4);
    assert.equal(displayWidth('e\u0301'), 1);
    assert.equal(displayWidth('🐋'), 2);
    assert.equal(displayWidth('👩‍🚀'), 2);
    assert.equal(displayWidth(red('web')), 3);
    assert.equal(displayWidth(''), 0);
  });

  it('cuts to the columns there are, and closes the style that was open', () => {
    assert.equal(fit('shop.example.com', 8), 'shop.ex…');
    assert.equal(fit('日本語', 4), '日…');
    assert.equal(fit('web', 3), 'web');
    const cut = fit(red('shop.example.com'), 8);
    assert.equal(displayWidth(cut), 8);
    assert.ok(cut.endsWith('\u001b[0m'));
  });

  it('pads by columns, on either side', () => {
    assert.equal(pad('日', 4), '日  ');
    assert.equal(pad('7', 3, 'right'), '  7');
    assert.equal(pad('longer', 3), 'longer');
  });

  it('leaves nothing in the text of others that could move the cursor', () => {
    assert.equal(harmless('\u001b[2J\u001b[31mred\u001b[0m\rgone\u0007'), 'red gone');
    assert.equal(harmless('a\tb'), 'a\tb');
    assert.equal(harmless('title \u001b]0;mine\u0007end'), 'title end');
    assert.equal(harmless('main\u202egpj.\u2066exe'), 'main gpj. exe');
  });
});

describe('table', () => {
  const columns = [{ title: 'NAME' }, { title: 'N', align: 'right' }, { title: 'DOMAIN', shrinks: true }] as const;

  it('aligns columns, styled and wide cells too, and ends lines without spaces', () => {
    assert.deepEqual(
      table(columns, [
        ['web', '1', 'shop.example.com'],
        [red('日本'), '10', ''],
      ]),
      ['NAME   N  DOMAIN', 'web    1  shop.example.com', `${red('日本')}  10`],
    );
  });

  it('cuts the longest cell that may be cut, only where a terminal is too narrow', () => {
    assert.deepEqual(table(columns, [['web', '1', 'shop.example.com']], 20), [
      'NAME  N  DOMAIN',
      'web   1  shop.examp…',
    ]);
    assert.deepEqual(table(columns, [['web', '1', 'shop.example.com']], undefined)[1], 'web   1  shop.example.com');
  });

  it('never cuts below eight columns: a line that wraps is better than one that says nothing', () => {
    assert.deepEqual(table(columns, [['web', '1', 'shop.example.com']], 5)[1], 'web   1  shop.ex…');
  });

  it('leaves out columns that are empty in every row', () => {
    assert.deepEqual(table(columns, [['web', '1', '']]), ['NAME  N', 'web   1']);
    const told = ['\u001b[2J\u001b[32mweb\u001b[0m\u001b', '1\r\n2', '\u001b]0;mine\u0007\u202eend'];
    assert.equal(table(columns, [told])[1], '\u001b[32mweb\u001b[0m   1  2   end', 'styles stay, nothing else does');
  });
});

describe('time and size', () => {
  it('tells ages in one unit', () => {
    assert.deepEqual([0, 59_999, 60_000, 3_600_000, 90_000_000, -5].map(age), ['0s', '59s', '1m', '1h', '1d', '0s']);
  });

  it('tells how long something took', () => {
    assert.deepEqual([420, 12_300, 60_000, 185_000].map(took), ['0.4 s', '12 s', '1 min', '3 min 5 s']);
  });

  it('tells sizes in powers of 1024', () => {
    assert.deepEqual([0, 512, 1024, 1_500_000, 5 * 1024 ** 3].map(formatSize), [
      '0 B',
      '512 B',
      '1.0 KiB',
      '1.4 MiB',
      '5.0 GiB',
    ]);
  });
});

describe('live lines', () => {
  const screen = (shape = {}) => {
    const written: string[] = [];
    return { written, columns: 20, rows: 5, write: (text: string) => written.push(text), ...shape };
  };

  it('draws again over what it drew, and only when something changed', () => {
    const stream = screen();
    const live = createLive(stream);
    live.show(['web.1 starting']);
    live.show(['web.1 starting']);
    live.show(['web.1 serving', 'web.2 starting']);
    assert.deepEqual(stream.written, ['web.1 starting\n', '\u001b[1A\u001b[Jweb.1 serving\nweb.2 starting\n']);
  });

  it('prints above, and draws what was shown again below', () => {
    const stream = screen();
    const live = createLive(stream);
    live.show(['web.1 starting']);
    live.above(['warning: slow']);
    assert.equal(stream.written[1], '\u001b[1A\u001b[Jwarning: slow\nweb.1 starting\n');
  });

  it('goes on below once it has ended', () => {
    const stream = screen();
    const live = createLive(stream);
    live.show(['web.1 serving']);
    live.end();
    live.above(['done']);
    assert.equal(stream.written[1], 'done\n');
  });

  it('never shows more rows than the terminal has, nor wider ones', () => {
    const stream = screen();
    createLive(stream).show(['a', 'b', 'c', 'd', 'a very long line that would wrap']);
    assert.deepEqual(stream.written, ['a\nb\n… and 3 more\n']);
    createLive(stream).show(['a very long line that would wrap']);
    assert.equal(stream.written[1], 'a very long line t…\n');
  });
});

describe('style', () => {
  it('writes no escape sequence without color, nor around nothing', () => {
    const plain = createStyle(false);
    assert.equal(plain.bad('web') + plain.strong('web'), 'webweb');
    assert.equal(red(''), '');
  });
});

describe('exit codes', () => {
  it('have a meaning each', () => {
    assert.deepEqual(
      Object.keys(EXIT_MEANING).map(Number),
      Object.values(EXIT).sort((a, b) => a - b),
    );
  });
});

describe('urls', () => {
  it('name the port unless it is the usual one, and are none where no HTTP is served', () => {
    const shop = { domains: ['shop.example.com'] };
    assert.deepEqual(urlsOf(shop, 80), ['http://shop.example.com/']);
    assert.deepEqual(urlsOf(shop, 8080), ['http://shop.example.com:8080/']);
    assert.deepEqual(urlsOf(shop, null), []);
  });
});
