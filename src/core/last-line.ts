/** The last line of what a program wrote that says anything, without what must not reach a terminal, cut to a length. */
export function lastLine(output: string, most: number): string {
  const lines = output.split(/[\r\n]+/).map((line) => line.replace(UNPRINTABLE, ' ').trim());
  return (lines.findLast((line) => line !== '') ?? '').slice(0, most);
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
const UNPRINTABLE = /[\x00-\x1f\x7f-\x9f]+/g;
