import { OrcaError } from '../core/errors.ts';
import type { DockerClient } from './client.ts';
import { authConfig } from './credentials/account.ts';
import { dial } from './dial.ts';
import { isAway } from './docker-error.ts';
import type { LoginWish } from './engine.ts';
import { isRefusedLogin } from './no-image.ts';
import type { Registries } from './registry.ts';

/** The engine tries TLS first, and the token server after the registry. */
const LIMIT = 30_000;

/**
 * Asks the registry, through the engine that will pull from it, whether it takes the account. `POST /auth`
 *
 * @throws OrcaError `invalid` if it does not, `unavailable` if it cannot be asked
 */
export async function checkLogin(
  client: DockerClient,
  { rule, onProblem }: Registries,
  { place, username, password }: LoginWish,
): Promise<void> {
  const body = authConfig({ place, username, secret: { password } });
  const refusal = await rule?.refusal(`${place}/any`);
  if (refusal !== undefined) throw new OrcaError('invalid', refusal, { hint: 'or choose another registry' });
  try {
    await client.call(
      `log in to registry ${place}`,
      (docker, signal) => dial(docker, '/auth', { method: 'POST', body, signal }),
      { limit: LIMIT, patient: true },
    );
  } catch (error) {
    if (error instanceof OrcaError && isAway(error)) throw error;
    const detail = (error as Error).message;
    onProblem?.(place, detail);
    if (isRefusedLogin(detail))
      throw new OrcaError('invalid', `registry ${place} refuses the password of "${username}"`, {
        cause: error,
        hint: 'check the name and the password; nothing was stored',
      });
    throw new OrcaError('unavailable', `registry ${place} gave no usable answer: the password was not checked`, {
      cause: error,
      hint: "nothing was stored; try again, or store it unchecked with --no-check; the server's log says more",
    });
  }
}
