import { relative } from 'node:path';
import type { TestEvent } from 'node:test/reporters';
import { isGroup } from './groups.ts';

/** What came of one test, or of a suite: a suite only counts when it failed by itself, in a hook or while loading. */
export interface Result {
  /** The one that was run, from the root of the repository. */
  readonly file: string;
  readonly name: string;
  readonly outcome: 'passed' | 'failed' | 'skipped' | 'suite';
  /** Seconds. Undefined of what is inside another test or suite, whose time contains it. */
  readonly took?: number | undefined;
}

/** A reporter that writes a line of JSON a test, so that what was counted is there also when the run is cut short. */
export const record = async function* (source: AsyncIterable<TestEvent>): AsyncGenerator<string> {
  const fileOf = createFileOf();
  for await (const event of source) {
    if (event.type === 'test:start') fileOf(event);
    if (event.type === 'test:pass' || event.type === 'test:fail')
      yield `${JSON.stringify(resultOf(event, fileOf(event)))}\n`;
  }
};

type Begun = Extract<TestEvent, { type: 'test:start' }>;
type Ended = Extract<TestEvent, { type: 'test:pass' | 'test:fail' }>;

const resultOf = (event: Ended, file: string): Result => ({
  file,
  name: event.data.name,
  outcome: outcomeOf(event),
  took: event.data.nesting === 0 ? event.data.details.duration_ms / 1000 : undefined,
});

/** In a process that several share, the outermost suite is called after the file. All of a process comes in one piece. */
function createFileOf(): (event: Begun | Ended) => string {
  let last = '';
  return ({ type, data }) => {
    const entry = relative(process.cwd(), entryOf(data));
    if (!isGroup(entry)) return entry;
    if (type === 'test:start' && data.nesting === 0) last = data.name;
    const named = data.nesting === 0 ? data.name : last;
    return isGroup(named) ? entry : named;
  };
}

/** What was run, not the file that a test of it may stand in; missing in the types. */
const entryOf = (data: { readonly file?: string | undefined; readonly entryFile?: string }): string =>
  data.entryFile ?? data.file ?? '?';

function outcomeOf(event: Ended): Result['outcome'] {
  const isSuite = event.data.details.type === 'suite';
  if (event.type === 'test:fail') return isSuite && causedByTests(event.data.details.error) ? 'suite' : 'failed';
  if (isSuite) return 'suite';
  return event.data.skip === undefined && event.data.todo === undefined ? 'passed' : 'skipped';
}

const causedByTests = (error: Error): boolean => (error as { failureType?: string }).failureType === 'subtestsFailed';

// the test runner takes a reporter only as the default export
// biome-ignore lint/style/noDefaultExport: see above
export default record;
