import assert from 'node:assert/strict';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, it } from 'node:test';

const root = join(import.meta.dirname, '../../..');
const pages = globSync(['*.md', 'docs/**/*.md', 'examples/**/*.md'], { cwd: root });
const read = (page: string): string => readFileSync(join(root, page), 'utf8');

describe('the pages', () => {
  it('are seen', () => {
    assert.ok(pages.length >= 9, pages.join());
  });

  it('link only to files that are there', () => {
    const broken = pages.flatMap((page) =>
      [...read(page).matchAll(/\]\((?!https?:|#)([^)#]+)/g)]
        .map(([, target = '']) => target)
        .filter((target) => !existsSync(join(root, dirname(page), target)))
        .map((target) => `${page}: ${target}`),
    );
    assert.deepEqual(broken, []);
  });

  it('name only folders and files of the repository that are there', () => {
    // progress.md names what is to come
    const settled = pages.filter((page) => page !== 'docs/progress.md');
    const named = settled.flatMap((page) =>
      [...read(page).matchAll(/`\.?\/?((?:src|cli|tests|docs|scripts|examples)\/[\w./-]*)`/g)]
        .map(([, path = '']) => path)
        .filter((path) => !existsSync(join(root, path)))
        .map((path) => `${page}: ${path}`),
    );
    assert.deepEqual(named, []);
  });
});
