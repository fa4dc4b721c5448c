import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { describe, it } from 'node:test';
import { CATALOGUE, type Definition } from '../../../src/api/metrics/catalogue.ts';
import { MOST_SERIES } from '../../../src/core/traffic/messages.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/metrics.md'), 'utf8');
const definitions: [string, Definition][] = Object.entries(CATALOGUE);

describe('the page on metrics', () => {
  it('has a line for each metric as the code has it, and no other', () => {
    const lines = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| (.+?) \| (.+) \|$/gm)].map(([, ...cells]) => cells);
    const labels = (of: readonly string[]) => of.map((label) => `\`${label}\``).join(' ') || '-';
    const told = ({ whole, named }: Definition) =>
      whole ? ' With a token for all projects.' : named ? ' With a token only.' : '';
    assert.deepEqual(
      lines,
      definitions.map(([name, one]) => [name, one.type, labels(one.labels), `${one.help}${told(one)}`]),
    );
  });

  it('says how many revisions are counted', () => {
    assert.match(page, new RegExp(`At most ${MOST_SERIES.toLocaleString('en')} revisions`));
  });
});
