import { MAX_SECRET } from '../../src/contract/secrets.ts';
import { isSecretKey } from '../../src/core/model/secret.ts';
import { usage } from '../output/error.ts';
import type { Session } from '../session.ts';

const TOO_LONG = `a secret has at most ${MAX_SECRET / 1024} KiB`;

/** Without the line break that every editor and `echo` puts at the end. */
const withoutBreak = (text: string): string => text.replace(/\r?\n$/, '');

/** From a pipe or the terminal; from a file, if one is named. */
export async function readValue(session: Session, key: string, file: string | undefined): Promise<string> {
  const value =
    file === undefined
      ? await session.askSecret(`value of ${key}: `, { most: MAX_SECRET + 2, tooLong: TOO_LONG, read: withoutBreak })
      : withoutBreak(await readText(file, MAX_SECRET + 2));
  if (value === '') throw usage(`${key} has no value`, 'pipe it in, or name a file with --file');
  return value;
}

/** All of an env file. @throws OrcaError `malformed` with the first line that is none */
export async function readEnvFile(file: string): Promise<Readonly<Record<string, string>>> {
  const { MAX_ENV_FILE, parseEnvFile } = await import('../../src/manifest/env-file.ts');
  const { values, issues } = parseEnvFile(await readText(file, MAX_ENV_FILE));
  const [issue] = issues;
  if (issue) throw usage(`${file}:${issue.line}: ${issue.message}`);
  const odd = Object.keys(values).find((key) => !isSecretKey(key));
  if (odd !== undefined) throw usage(`${file}: ${odd} is no name of a secret`);
  const empty = Object.keys(values).find((key) => values[key] === '');
  if (empty !== undefined) throw usage(`${file}: ${empty} has no value`, 'give it one, or leave its line out');
  if (Object.keys(values).length === 0) throw usage(`${file} holds no secret`, 'a line is NAME=value');
  return values;
}

async function readText(file: string, most: number): Promise<string> {
  const { readRegularFile, whyUnreadable } = await import('../../src/manifest/read-regular-file.ts');
  let bytes: Uint8Array;
  try {
    bytes = readRegularFile(file, most);
  } catch (error) {
    throw usage(`cannot read ${file}: ${whyUnreadable(error)}`);
  }
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw usage(`${file} is no text in UTF-8`, 'encode it, such as with base64, and let the program decode it');
  }
}
