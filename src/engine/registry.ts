import type { Readable } from 'node:stream';
import { OrcaError } from '../core/errors.ts';
import type { ResolvedImage } from '../core/model/revision.ts';
import type { DockerClient } from './client.ts';
import { dial } from './dial.ts';
import { parseImageReference } from './image-reference.ts';
import { readJsonLines } from './json-lines.ts';
import { whyNoImage } from './no-image.ts';
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
  /** Told what is not told outside: why an image cannot be had, in the words of Docker or of its registry. */
  readonly onProblem?: ((image: string, detail: string) => void) | undefined;
}

/** The digest of a reference now; a sentence about why not, if there is none. `GET /distribution/{name}/json` */
export async function askRegistry(
  client: DockerClient,
  { rule, onProblem }: Registries,
  ref: string,
): Promise<RegistryAnswer> {
  try {
    await requireAllowed(rule, ref);
    const answer = await client.call(
      `ask the registry for image "${ref}"`,
      (docker, signal) => dial<DistributionAnswer>(docker, `/distribution/${ref}/json`, { signal }),
      { limit: ASK_LIMIT, patient: true },
    );
    return { digest: answer.Descriptor.digest };
  } catch (error) {
    onProblem?.(ref, (error as Error).message);
    return { problem: whyNoImage(ref, (error as Error).message).message };
  }
}

/** @throws OrcaError `forbidden`, with words for the log */
async function requireAllowed(rule: RegistryRule | undefined, ref: string): Promise<void> {
  const refusal = await rule?.refusal(parseImageReference(ref)?.repository ?? ref);
  if (refusal !== undefined) throw new OrcaError('forbidden', refusal);
}

interface DistributionAnswer {
  readonly Descriptor: { readonly digest: string };
}

/** `POST /images/create`; the end of its progress is the end of the pull, and its last word may be an error. */
export async function pullImage(
  client: DockerClient,
  { rule, onProblem }: Registries,
  { ref, pinned }: ResolvedImage,
  signal?: AbortSignal,
): Promise<void> {
  const limit = AbortSignal.timeout(PULL_LIMIT);
  const stop = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  try {
    await requireAllowed(rule, pinned);
    await followPull(client, pinned, stop);
  } catch (error) {
    if (stop.aborted)
      throw new OrcaError('timeout', `pulling image "${ref}" took too long and was given up`, { cause: error });
    if (error instanceof OrcaError && error.code === 'unavailable') throw error;
    const detail = (error as Error).message;
    onProblem?.(ref, detail);
    const { message, hint } = whyNoImage(ref, detail);
    throw new OrcaError('not_found', message, { cause: error, hint });
  }
}

async function followPull(client: DockerClient, pinned: string, signal: AbortSignal): Promise<void> {
  const [fromImage, tag] = pinned.split('@');
  const progress = await client.call(
    `pull image "${pinned}"`,
    async (docker) => (await docker.createImage({ fromImage, tag, abortSignal: signal })) as Readable,
    { limit: PULL_LIMIT, patient: true, signal },
  );
  for await (const line of readJsonLines(progress)) {
    const { error } = line as { error?: string };
    if (error !== undefined) throw new Error(error);
  }
}
