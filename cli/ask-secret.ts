import { Interrupted } from './interrupt.ts';
import { usage } from './output/error.ts';

export interface Asking {
  readonly stdin: NodeJS.ReadStream;
  /** Onto the terminal. */
  readonly say: (text: string) => void;
  readonly interrupted: AbortSignal;
}

/** What is asked for. */
export interface SecretForm {
  /** Longest that is read, characters. */
  readonly most: number;
  /** Of more than that. */
  readonly tooLong: string;
  /** What of the text counts. */
  readonly read: (text: string) => string;
}

/** A token stands in a line of its own. */
const TOKEN: SecretForm = {
  most: 16 * 1024,
  tooLong: 'what comes on standard input is too long to be a token',
  read: (text) => text.trim(),
};

/**
 * A secret, from whatever is piped in; on a terminal it is asked for, and what is typed is not shown.
 *
 * @throws OrcaError `malformed` for one that is far too long; `Interrupted`
 */
export async function askSecret(question: string, asking: Asking, form: SecretForm = TOKEN): Promise<string> {
  const { stdin, say, interrupted } = asking;
  stdin.setEncoding('utf8');
  if (!stdin.isTTY) return readAll(stdin, form);
  stdin.setRawMode(true); // before the question: who answers it at once would see it
  try {
    say(question);
    return await readLine(stdin, interrupted, form);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    say('\n');
  }
}

async function readAll(stdin: NodeJS.ReadStream, form: SecretForm): Promise<string> {
  let text = '';
  for await (const chunk of stdin) text = bounded(text + chunk, form);
  return form.read(text);
}

/** A terminal in raw mode hands over each key, Ctrl-C too. */
function readLine(stdin: NodeJS.ReadStream, interrupted: AbortSignal, form: SecretForm): Promise<string> {
  let text = '';
  return new Promise<string>((resolve, reject) => {
    const type = (char: string): void => {
      if (char === '\r' || char === '\n' || char === '\u0004') resolve(form.read(text));
      else if (char === '\u0003') reject(new Interrupted('SIGINT'));
      else text = char === '\u007f' || char === '\b' ? text.slice(0, -1) : bounded(text + char, form);
    };
    stdin.on('data', (chunk: string) => {
      try {
        for (const char of chunk) type(char);
      } catch (error) {
        reject(error);
      }
    });
    stdin.once('end', () => resolve(form.read(text)));
    interrupted.addEventListener('abort', () => reject(interrupted.reason), { once: true });
  }).finally(() => stdin.removeAllListeners('data'));
}

function bounded(text: string, { most, tooLong }: SecretForm): string {
  if (text.length > most) throw usage(tooLong);
  return text;
}
