import { usage } from '../output/error.ts';

/** Longer than any secret may be. */
const MOST = 4_096;

/** One line of standard input, so that the secret stands in no list of processes and no shell's history. */
export async function readSecret(input: AsyncIterable<Buffer | string> = process.stdin): Promise<string> {
  let text = '';
  for await (const chunk of input) {
    text += String(chunk);
    if (text.length > MOST) throw usage('standard input is too long for a secret', 'give one line');
  }
  const secret = text.replace(/\r?\n$/, '');
  if (secret === '') throw usage('standard input holds no secret', 'pipe it in, or leave --secret-stdin out');
  return secret;
}
