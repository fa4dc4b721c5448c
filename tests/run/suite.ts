import { createWriteStream, globSync } from 'node:fs';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { longestFirst } from './order.ts';
import { record } from './record.ts';

/**
 * `suite.ts RECORD FILES-AT-ONCE PATTERN...`: what `node --test` does, but for the order of the files: it sorts them by name,
 * and a long one that comes last then runs alone. Exit code 1 if a test failed.
 */
function main([recorded = '', concurrency = '', ...patterns]: readonly string[]): void {
  const files = longestFirst(patterns.flatMap(filesOf));
  const results = run({ files: [...files], concurrency: Number(concurrency) });
  results.on('test:fail', ({ todo }) => {
    if (!todo) process.exitCode = 1;
  });
  results.compose(spec).pipe(process.stdout);
  results.compose(record).pipe(createWriteStream(recorded));
}

function filesOf(pattern: string): readonly string[] {
  const found = globSync(pattern);
  if (found.length === 0) throw new Error(`no test file is called ${pattern}`);
  return found;
}

main(process.argv.slice(2));
