import { resolve } from 'node:path';
import { describe } from 'node:test';
import { pathToFileURL } from 'node:url';

/** Each file becomes a suite: its hooks are its own, and what fails while it loads is its failure, not the others'. */
export function runTogether(files: readonly string[]): void {
  for (const file of files) describe(file, async () => void (await import(pathToFileURL(resolve(file)).href)));
}
