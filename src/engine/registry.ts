import type { Readable } from 'node:stream';
import { OrcaError } from '../core/errors.ts';
import type { ResolvedImage } from '../core/model/revision.ts';
import type { DockerClient } from './client.ts';
import { dial } from './dial.ts';
import { readJsonLines } from './json-lines.ts';

/** A registry that does not answer must not hold up a deployment whose image is at hand. */
const ASK_LIMIT = 10_000;
const PULL_LIMIT = 15 * 60_000;

/** What a registry says, through the engine. */
export type RegistryAnswer =
  | { readonly digest: string; readonly problem?: undefined }
  | { readonly digest?: undefined; readonly problem: string };

/** The digest of a reference now; a sentence about why not, if there is none. `GET /distribution/{name}/json` */
export async function askRegistry(client: DockerClient, ref: string): Promise<RegistryAnswer> {
  try {
    const answer = await client.call(
      `ask the registry for image "${ref}"`,
      (docker, signal) => dial<DistributionAnswer>(docker, `/distribution/${ref}/json`, { signal }),
      { limit: ASK_LIMIT, patient: true },
    );
    return { digest: answer.Descriptor.digest };
  } catch (error) {
    return { problem: explain(ref, (error as Error).message) };
  }
}

interface DistributionAnswer {
  readonly Descriptor: { readonly digest: string };
}

/** `POST /images/create`; the end of its progress is the end of the pull, and its last word may be an error. */
export async function pullImage(
  client: DockerClient,
  { ref, pinned }: ResolvedImage,
  signal?: AbortSignal,
): Promise<void> {
  const limit = AbortSignal.timeout(PULL_LIMIT);
  const stop = signal === undefined ? limit : AbortSignal.any([limit, signal]);
  try {
    await followPull(client, pinned, stop);
  } catch (error) {
    if (stop.aborted)
      throw new OrcaError('timeout', `pulling image "${ref}" took too long and was given up`, { cause: error });
    if (error instanceof OrcaError && error.code === 'unavailable') throw error;
    const message = explain(ref, (error as Error).message);
    throw new OrcaError('not_found', message, {
      cause: error,
      hint: 'check the name, and that the registry can be reached',
    });
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

/** Registries and Docker word the same thing in many ways; the rest is passed on. */
function explain(ref: string, said: string): string {
  const reason = said.replace(/^docker cannot [^:]*"[^"]*": /, '').replace(/^Error response from daemon: /, '');
  if (/denied|unauthorized|authentication required/i.test(reason))
    return `the registry denies image "${ref}", or does not know it`;
  if (/not found|unknown/i.test(reason)) return `image "${ref}" not found in its registry`;
  if (/connection refused|no such host|i\/o timeout|unreachable|did not answer|lookup|EOF|timeout/i.test(reason)) {
    return `the registry of image "${ref}" cannot be reached (${reason})`;
  }
  return `image "${ref}" cannot be had from its registry (${reason})`;
}
