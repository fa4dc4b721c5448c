import { join } from 'node:path';

/** Files that one process runs in turn: most of what a small file takes is a process that starts and loads the same modules again. */
const A_PROCESS = 12;

/**
 * What may share a process: unit tests. Not those that would be told of others' doings: they count what the process holds or
 * hears, or change what all of it uses.
 */
const ALONE: readonly RegExp[] = [
  /^(?!tests\/unit\/)/,
  /\.property\.test\.ts$/,
  /^tests\/unit\/api\/(crowds|floods|own-socket|tiny-chunks|webhook-attacks)\.test\.ts$/,
  /^tests\/unit\/api\/fuzz\//,
  /^tests\/unit\/dataplane\/proxy\/(failover|heads-in-pieces|tiny-chunks)\.test\.ts$/,
  /^tests\/unit\/(data-folder|stop)\.test\.ts$/,
];

/** Where the groups of a suite lie, by its record. */
export const groupFolder = (recorded: string): string => `${recorded}.groups`;

const GROUP = /\.group\.mjs$/;

/** Whether this is a file of `groupText`, and no test's own. */
export const isGroup = (file: string): boolean => GROUP.test(file);

/** A process each: one file, or some that go together. In the order of the files; neighbours use the same modules. */
export function inGroups(files: readonly string[], isLong: (file: string) => boolean): readonly (readonly string[])[] {
  const processes: string[][] = [];
  let open: string[] = [];
  for (const file of files) {
    if (isLong(file) || ALONE.some((pattern) => pattern.test(file))) processes.push([file]);
    else {
      if (open.length === 0 || open.length === A_PROCESS) {
        open = [];
        processes.push(open);
      }
      open.push(file);
    }
  }
  return processes;
}

/** A program that runs these files in turn, each as a suite with its name. */
export const groupText = (files: readonly string[]): string =>
  `import { runTogether } from ${JSON.stringify(join(import.meta.dirname, 'together.ts'))};\nrunTogether(${JSON.stringify(files)});\n`;

/** The files in such a text. */
export const filesIn = (text: string): readonly string[] =>
  JSON.parse(text.slice(text.lastIndexOf('runTogether(') + 12, text.lastIndexOf(')')));
