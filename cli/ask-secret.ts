import { Interrupted } from './interrupt.ts';
import { usage } from './output/error.ts';

export interface Asking {
  readonly stdin: NodeJS.ReadStream;
  /** Onto the terminal. */
  readonly say: (text: string) => void;
  readonly interrupted: AbortSignal;
}

/** Longest that is read, characters. */
const MOST = 16 * 1024;

/**
 * A secret, from whatever is piped in; on a terminal it is asked for, and what is typed is not shown.
 *
 * @throws OrcaError `malformed` for one that is far too long; `Interrupted`
 */
export async function askSecret(question: string, { stdin, say, interrupted }: Asking): Promise<string> {
  stdin.setEncoding('utf8');
  if (!stdin.isTTY) return readAll(stdin);
  say(question);
  stdin.setRawMode(true);
  try {
    return await readLine(stdin, interrupted);
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    say('\n');
  }
}

async function readAll(stdin: NodeJS.ReadStream): Promise<string> {
  let text = '';
  for await (const chunk of stdin) text = bounded(text + chunk);
  return text.trim();
}

/** A terminal in raw mode hands over each key, Ctrl-C too. */
function readLine(stdin: NodeJS.ReadStream, interrupted: AbortSignal): Promise<string> {
  let text = '';
  return new Promise<string>((resolve, reject) => {
    const type = (char: string): void => {
      if (char === '\r' || char === '\n' || char === '\u0004') resolve(text.trim());
      else if (char === '\u0003') reject(new Interrupted());
      else text = char === '\u007f' || char === '\b' ? text.slice(0, -1) : bounded(text + char);
    };
    stdin.on('data', (chunk: string) => {
      try {
        for (const char of chunk) type(char);
      } catch (error) {
        reject(error);
      }
    });
    stdin.once('end', () => resolve(text.trim()));
    interrupted.addEventListener('abort', () => reject(interrupted.reason), { once: true });
  }).finally(() => stdin.removeAllListeners('data'));
}

function bounded(text: string): string {
  if (text.length > MOST) throw usage('what comes on standard input is too long to be a token');
  return text;
}
