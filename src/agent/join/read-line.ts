import { readFile } from 'node:fs/promises';
import { OrcaError } from '../../core/errors.ts';
import { type JoinLine, parseJoinLine } from '../../core/nodes/join-line.ts';

/** Characters; a line has some hundred. */
const MOST = 4_096;

export interface LineSource {
  /** Holds the line; standard input unless given. */
  readonly file?: string | undefined;
  readonly stdin: NodeJS.ReadStream;
  /** Onto the terminal. */
  readonly ask: (text: string) => void;
}

/** The line that `orca node token` has printed. @throws OrcaError `invalid` for none, or one that is cut off; it is not told again */
export async function readJoinLine({ file, stdin, ask }: LineSource): Promise<JoinLine> {
  if (file === undefined && stdin.isTTY) ask('the line that `orca node token` printed on the master: ');
  const text = file === undefined ? await readInput(stdin) : await readWhole(file);
  const line = parseJoinLine(text);
  if (line) return line;
  const where = file ?? 'standard input';
  throw new OrcaError(
    'invalid',
    text.trim() === '' ? `${where} is empty` : `${where} holds no line to join with, or a part of one`,
    {
      hint: 'run `orca node token` on the master, and give the whole line to `orca join`, which reads it from standard input',
    },
  );
}

/** On a terminal the first line; else all of it. */
async function readInput(stdin: NodeJS.ReadStream): Promise<string> {
  let text = '';
  for await (const chunk of stdin.setEncoding('utf8')) {
    text += chunk;
    if (text.length > MOST) throw tooLong('standard input');
    if (stdin.isTTY && text.includes('\n')) break;
  }
  return text;
}

async function readWhole(file: string): Promise<string> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new OrcaError('invalid', `${file} cannot be read: ${cause.message}`, { cause });
  });
  if (text.length > MOST) throw tooLong(file);
  return text;
}

const tooLong = (where: string): OrcaError =>
  new OrcaError('invalid', `${where} is too long to be a line to join with`);
