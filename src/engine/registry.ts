import type { Readable } from 'node:stream';
import { OrcaError } from '../core/errors.ts';
import type { ResolvedImage } from '../core/model/revision.ts';
import type { DockerClient } from './client.ts';
import { type Accounts, authConfig, type RegistryAccount } from './credentials/account.ts';
import { dial } from './dial.ts';
import { statusOf } from './docker-error.ts';
import { parseImageReference } from './image-reference.ts';
import { readJsonLines } from './json-lines.ts';
import { type Asker, whyNoImage } from './no-image.ts';
import type { RegistryRule } from './registry-rule.ts';

/** A registry that does not answer must not hold up a deployment whose image is at hand. */
const ASK_LIMIT = 10_000;
const PULL_LIMIT = 15 * 60_000;

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
async function permitted({ rule, accounts, onProblem }: Registries, ref: string): Promise<Asker> {
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

/** `POST /images/create`; the end of its progress is the end of the pull, and its last word may be an error. */
export async function pullImage(
  client: DockerClient,
  registries: Registries,
  { ref, pinned }: ResolvedImage,
  signal?: AbortSignal,
): Promise<void> {
  const limit = AbortSignal.timeout(PULL_LIMIT);
  const stop = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  let asker: Asker = {};
  try {
    asker = await permitted(registries, pinned);
    await followPull(client, pinned, asker.account, stop);
  } catch (error) {
    if (stop.aborted)
      throw new OrcaError('timeout', `pulling image "${ref}" took too long and was given up`, { cause: error });
    if (isNobodysAnswer(error)) throw error;
    const detail = (error as Error).message;
    registries.onProblem?.(ref, detail);
    const { message, hint } = whyNoImage(ref, detail, asker);
    throw new OrcaError('not_found', message, { cause: error, hint });
  }
}

/** Docker itself was not reached: that says nothing of the image. */
const isNobodysAnswer = (error: unknown): boolean =>
  error instanceof OrcaError && error.code === 'unavailable' && statusOf(error) === undefined;

async function followPull(
  client: DockerClient,
  pinned: string,
  account: RegistryAccount | undefined,
  signal: AbortSignal,
): Promise<void> {
  const [fromImage, tag] = pinned.split('@');
  const options = { fromImage, tag, abortSignal: signal, ...(account && { authconfig: authConfig(account) }) };
  const progress = await client.call(
    `pull image "${pinned}"`,
    async (docker) => (await docker.createImage({ ...options })) as Readable,
    { limit: PULL_LIMIT, patient: true, signal },
  );
  for await (const line of readJsonLines(progress)) {
    const { error } = line as { error?: string };
    if (error !== undefined) throw new Error(error);
  }
}
