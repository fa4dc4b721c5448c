import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { entryParts } from '../../../src/core/copy/entry-parts.ts';
import { type CopyTarget, meansContents, placeCopy } from '../../../src/core/copy/place.ts';

const FILE = { kind: 'file', name: 'a', contents: false } as const;
const FOLDER = { kind: 'directory', name: 'a', contents: false } as const;
const CONTENTS = { kind: 'directory', name: 'a', contents: true } as const;

describe('where a copy goes', () => {
  const cases: readonly [typeof FILE | typeof FOLDER | typeof CONTENTS, CopyTarget, string, string | undefined][] = [
    [FILE, { path: '/x', kind: undefined }, '/', 'x'],
    [FILE, { path: '/x', kind: 'file' }, '/', 'x'],
    [FILE, { path: '/x', kind: 'directory' }, '/x', 'a'],
    [FILE, { path: '/x/', kind: 'directory' }, '/x', 'a'],
    [FILE, { path: 'x', kind: undefined }, '.', 'x'],
    [FILE, { path: '.', kind: 'directory' }, '.', 'a'],
    [FILE, { path: '/', kind: 'directory' }, '/', 'a'],
    [FOLDER, { path: '/y/x', kind: undefined }, '/y', 'x'],
    [FOLDER, { path: '/y/x/', kind: undefined }, '/y', 'x'],
    [FOLDER, { path: '/x', kind: 'directory' }, '/x', 'a'],
    [CONTENTS, { path: '/x', kind: 'directory' }, '/x', undefined],
    [CONTENTS, { path: '/x', kind: undefined }, '/', 'x'],
    [{ ...FOLDER, name: '' } as unknown as typeof FOLDER, { path: '/x', kind: 'directory' }, '/x', undefined],
  ];
  for (const [source, target, folder, name] of cases) {
    it(`of ${source.kind}${source.contents ? ' contents' : ''} to ${target.path}, ${target.kind ?? 'nothing'} there`, () => {
      assert.deepEqual(placeCopy(source, target), { folder, name });
    });
  }

  it('is refused for a folder onto a file, and for a folder that is not there', () => {
    assert.throws(() => placeCopy(FOLDER, { path: '/x', kind: 'file' }), {
      code: 'conflict',
      message: '/x is a file, not a folder',
    });
    assert.throws(() => placeCopy(FILE, { path: '/x/', kind: 'file' }), { code: 'conflict' });
    assert.throws(() => placeCopy(FILE, { path: '/x/', kind: undefined }), {
      code: 'not_found',
      message: 'folder not found: /x/',
    });
  });

  it('is the contents where the path ends with a dot of its own', () => {
    assert.deepEqual(['.', 'a/.', '/.'].map(meansContents), [true, true, true]);
    assert.deepEqual(['a', 'a.', '..', 'a/..', '/'].map(meansContents), [false, false, false, false, false]);
  });
});

describe('a path in an archive', () => {
  it('is taken apart below its root', () => {
    assert.deepEqual(entryParts('a/b/./c/', 1), ['b', 'c']);
    assert.deepEqual(entryParts('/etc/passwd', 0), ['etc', 'passwd']);
    assert.deepEqual(entryParts('a/', 1), []);
  });

  it('never leads out, whatever it is', () => {
    const part = fc.oneof(fc.constantFrom('..', '.', '', 'a', '...', 'a..'), fc.string());
    fc.assert(
      fc.property(fc.array(part), fc.nat(3), (parts, dropped) => {
        try {
          const found = entryParts(parts.join('/'), dropped);
          assert.ok(found.every((one) => one !== '' && one !== '.' && one !== '..' && !/[/\0]/.test(one)));
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'invalid');
        }
      }),
    );
  });
});
