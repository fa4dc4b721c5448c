import { z } from 'zod';
import type { Reading } from '../../units.ts';
import { looseText, read, shown, text } from './read.ts';

/** No argument of a process is longer: Linux' MAX_ARG_STRLEN. */
const MAX_LINE = 128 * 1024;
const MAX_WORDS = 1000;
const EXPECTED = 'expected a command: a list of arguments, or one line of text';

/** A list of arguments, or a string split as a shell would split it. It runs without a shell. */
export const command = () =>
  read(
    z.union(
      [text(EXPECTED, MAX_LINE), shown(z.array(looseText('expected text')).max(MAX_WORDS), { minItems: 1 })],
      EXPECTED,
    ),
    (written) => (typeof written === 'string' ? splitCommand(written) : nonEmpty(written)),
  );

const WORD_END = /\s/;
/** What stands for itself, in one go: a line may be long. */
const PLAIN = /[^\s'"\\|&;<>()`$]+/y;
const NEEDS_SHELL = /[|&;<>()`$]/;
const TAKES_NO_SHELL = 'commands run without a shell: quote it with \' or write [sh, -c, "..."]';

/**
 * Words and quotes of POSIX sh (2.2 Quoting, 2.3 Token Recognition), without expansion of any kind. What a shell would
 * have acted on, outside quotes, is refused instead of passed on as text.
 */
export function splitCommand(line: string): Reading<string[]> {
  const words: string[] = [];
  let word: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const char = line.charAt(i);
    if (char === "'" || char === '"') {
      const quoted = char === "'" ? singleQuoted(line, i + 1) : doubleQuoted(line, i + 1);
      if (typeof quoted === 'string')
        return { message: quoted, hint: quoted.startsWith('a shell') ? TAKES_NO_SHELL : undefined };
      word = (word ?? '') + quoted.text;
      i = quoted.end;
    } else if (char === '\\') {
      i += 1;
      if (line.charAt(i) !== '\n') word = (word ?? '') + line.charAt(i);
    } else if (WORD_END.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      if (words.length > MAX_WORDS) return tooMany;
    } else if (NEEDS_SHELL.test(char)) {
      return { message: `a shell would act on the ${char} in it`, hint: TAKES_NO_SHELL };
    } else {
      PLAIN.lastIndex = i;
      const [run = char] = PLAIN.exec(line) ?? [];
      word = (word ?? '') + run;
      i += run.length - 1;
    }
  }
  if (word !== undefined) words.push(word);
  return words.length > MAX_WORDS ? tooMany : nonEmpty(words);
}

interface Quoted {
  readonly text: string;
  readonly end: number;
}

function singleQuoted(line: string, start: number): Quoted | string {
  const end = line.indexOf("'", start);
  return end < 0 ? "the quote ' is not closed" : { text: line.slice(start, end), end };
}

function doubleQuoted(line: string, start: number): Quoted | string {
  let text = '';
  for (let i = start; i < line.length; i++) {
    const char = line.charAt(i);
    if (char === '"') return { text, end: i };
    if (char === '`' || (char === '$' && /[\w({]/.test(line.charAt(i + 1))))
      return `a shell would act on the ${char} in it`;
    if (char === '\\' && '"\\$`\n'.includes(line.charAt(i + 1))) {
      i += 1;
      if (line.charAt(i) !== '\n') text += line.charAt(i);
    } else {
      text += char;
    }
  }
  return 'the quote " is not closed';
}

const tooMany = { message: `expected a command of at most ${MAX_WORDS} words` };

const nonEmpty = (words: string[]): Reading<string[]> =>
  words[0] === undefined || words[0] === ''
    ? { message: 'expected a command with at least one word' }
    : { value: words };
