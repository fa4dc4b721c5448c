import type { TestEvent } from 'node:test/reporters';
import { createSlowest } from './slowest.ts';

/**
 * A reporter that keeps count: a line `passed failed skipped` after each test, so that the last line holds also when the
 * run is cut short. Suites are not tests. Before the last line stand the files that took long.
 */
export const count = async function* (source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const slowest = createSlowest();
  let [passed, failed, skipped] = [0, 0, 0];
  for await (const event of source) {
    if (event.type !== 'test:pass' && event.type !== 'test:fail') continue;
    slowest.note(event);
    const isSuite = event.data.details.type === 'suite';
    if (event.type === 'test:fail') failed += isSuite && causedByTests(event.data.details.error) ? 0 : 1;
    else if (event.data.skip !== undefined || event.data.todo !== undefined) skipped += isSuite ? 0 : 1;
    else if (!isSuite) passed += 1;
    yield `${passed} ${failed} ${skipped}\n`;
  }
  for (const line of slowest.lines()) yield `${line}\n`;
  yield `${passed} ${failed} ${skipped}\n`;
};

/** A suite fails for the tests in it, which are counted themselves, or by itself: a hook, an error while loading. */
const causedByTests = (error: Error): boolean => (error as { failureType?: string }).failureType === 'subtestsFailed';

// the test runner takes a reporter only as the default export
// biome-ignore lint/style/noDefaultExport: see above
export default count;
