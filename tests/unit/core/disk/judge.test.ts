import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type ImageFacts, judgeContainer, judgeImage } from '../../../../src/core/disk/judge.ts';

const names = fc.array(fc.constantFrom('shop/web', 'blog/api', 'x'), { maxLength: 2 });
const facts = fc.record<ImageFacts>({
  pinned: fc.constant('acme/web@sha256:1'),
  neededBy: fc.option(names, { nil: undefined }),
  found: fc.option(fc.record({ tags: names, usedBy: names }), { nil: undefined }),
});

test('an image may go only if it is there, nothing needs or uses it, and it has no tag; why is always told', () => {
  fc.assert(
    fc.property(facts, (image) => {
      const { removable, reason } = judgeImage(image);
      const free = [image.neededBy, image.found?.tags, image.found?.usedBy].every((list) => list?.length === 0);
      assert.equal(removable, free);
      assert.notEqual(reason, '');
    }),
  );
});

test('what keeps an image is told: a service first, then a tag, then a container', () => {
  const told = (rest: Partial<ImageFacts>) =>
    judgeImage({ pinned: 'a@sha256:1', neededBy: [], found: { tags: [], usedBy: [] }, ...rest }).reason;
  assert.equal(told({ neededBy: ['shop/web', 'blog/web'] }), 'kept for shop/web, blog/web');
  assert.equal(
    told({ found: { tags: ['mine:1'], usedBy: ['c'] } }),
    'it has the tag mine:1, which orca did not give it',
  );
  assert.equal(told({ found: { tags: [], usedBy: ['c'] } }), 'the container c uses it');
  assert.equal(told({ neededBy: undefined }), 'a record cannot be read that may need it');
});

test('a container may go only if it is dead, was made for a task, and that is forgotten', () => {
  const may = (state: string, task: string | undefined, isKnown: boolean) =>
    judgeContainer({ state, task, isKnown }).removable;
  for (const state of ['created', 'exited', 'dead']) assert.ok(may(state, 't', false), state);
  for (const state of ['running', 'restarting', 'paused', 'removing', 'anything new'])
    assert.ok(!may(state, 't', false));
  assert.ok(!may('exited', 't', true));
  assert.ok(!may('exited', undefined, false));
});
