import { OrcaError } from '../core/errors.ts';
import type { DockerClient } from './client.ts';
import { type Accounts, authConfig } from './credentials/account.ts';
import { dial } from './dial.ts';
import { parseImageReference } from './image-reference.ts';
import { type Asker, whyNoImage } from './no-image.ts';
import type { RegistryRule } from './registry-rule.ts';

/** A registry that does not answer must not hold up a deployment whose image is at hand. */
const ASK_LIMIT = 10_000;

/** What a registry says, through the engine. */
export type RegistryAnswer =
  | { readonly digest: string; readonly problem?: undefined }
  | { readonly digest?: undefined; readonly problem: string };

/** How registries are used. */
export interface Registries {
  /** Without it every registry is asked. */
  readonly rule?: RegistryRule | undefined;
  /** With whose name; without it nobody's. */
  readonly accounts?: Accounts | undefined;
  /** Told what is not told outside: why an image cannot be had, in the words of Docker or of its registry. */
  readonly onProblem?: ((image: string, detail: string) => void) | undefined;
}

/** The digest of a reference now; a sentence about why not, if there is none. `GET /distribution/{name}/json` */
export async function askRegistry(client: DockerClient, registries: Registries, ref: string): Promise<RegistryAnswer> {
  let asker: Asker = {};
  try {
    asker = await permitted(registries, ref);
    const authconfig = asker.account && authConfig(asker.account);
    const answer = await client.call(
      `ask the registry for image "${ref}"`,
      (docker, signal) => dial<DistributionAnswer>(docker, `/distribution/${ref}/json`, { signal, authconfig }),
      { limit: ASK_LIMIT, patient: true },
    );
    return { digest: answer.Descriptor.digest };
  } catch (error) {
    registries.onProblem?.(ref, (error as Error).message);
    return { problem: whyNoImage(ref, (error as Error).message, asker).message };
  }
}

/** Whether the engine may be sent there, and in whose name. @throws OrcaError `forbidden`, with words for the log */
export async function permitted({ rule, accounts, onProblem }: Registries, ref: string): Promise<Asker> {
  const repository = parseImageReference(ref)?.repository ?? ref;
  const refusal = await rule?.refusal(repository);
  if (refusal !== undefined) throw new OrcaError('forbidden', refusal);
  try {
    return { account: await accounts?.(repository) };
  } catch (error) {
    const { message } = error as Error;
    onProblem?.(ref, `no account is used: ${message}`);
    return { trouble: message };
  }
}

interface DistributionAnswer {
  readonly Descriptor: { readonly digest: string };
}
