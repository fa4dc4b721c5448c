import type { Client } from '../src/client/client.ts';
import { OrcaError } from '../src/core/errors.ts';
import { list } from './output/words.ts';
import { serviceNamed, type Target } from './select.ts';

/** The services that are named, all looked up before any is changed: a wrong name changes nothing. */
export async function lookUp(
  client: Client,
  names: readonly string[],
  project: string | undefined,
): Promise<readonly Target[]> {
  if (names.length === 0) return [];
  const { services } = await client.status();
  return names.map((text) => serviceNamed(services, text, project)).map(({ name, project }) => ({ name, project }));
}

/** Changes one after the other. @throws OrcaError of the first that fails, saying what was done and what was not begun */
export async function inTurn<T extends Target>(
  targets: readonly T[],
  change: (target: T) => Promise<void>,
): Promise<void> {
  for (const [at, target] of targets.entries()) {
    try {
      await change(target);
    } catch (error) {
      if (targets.length === 1 || !(error instanceof OrcaError)) throw error;
      throw halfWay(error, targets, at);
    }
  }
}

function halfWay(cause: OrcaError, targets: readonly Target[], at: number): OrcaError {
  const { code, message, hint, details } = cause;
  const names = targets.map(({ name }) => name);
  const [done, failed = '', left] = [names.slice(0, at), names[at], names.slice(at + 1)];
  const sentence = [
    `${failed}: ${message}`,
    ...(done.length === 0 ? [] : [`done before it: ${list(done)}`]),
    ...(left.length === 0 ? [] : [`not begun: ${list(left)}`]),
  ].join('; ');
  return new OrcaError(code, sentence, { cause, hint, details: { ...details, done, failed, left } });
}
