import type { Readable } from 'node:stream';
import { OrcaError } from '../core/errors.ts';
import type { ResolvedImage } from '../core/model/revision.ts';
import type { DockerClient } from './client.ts';
import { authConfig, type RegistryAccount } from './credentials/account.ts';
import { statusOf } from './docker-error.ts';
import type { PullWish } from './engine.ts';
import { readJsonLines } from './json-lines.ts';
import { type Asker, whyNoImage } from './no-image.ts';
import { createPullProgress, type PullLine } from './pull-progress.ts';
import { permitted, type Registries } from './registry.ts';
import type { Layer } from './registry-client/image-layers.ts';
import type { RoomCheck } from './room-check.ts';

const PULL_LIMIT = 15 * 60_000;

export interface Pulling {
  readonly client: DockerClient;
  readonly registries: Registries;
  readonly roomCheck: RoomCheck;
}

/** `POST /images/create`; the end of its progress is the end of the pull, and its last word may be an error. */
export async function pullImage(pulling: Pulling, image: ResolvedImage, wish: PullWish = {}): Promise<void> {
  const { client, registries, roomCheck } = pulling;
  const { ref, pinned } = image;
  const limit = AbortSignal.timeout(PULL_LIMIT);
  const stop = wish.signal === undefined ? limit : AbortSignal.any([limit, wish.signal]);
  let asker: Asker = {};
  try {
    asker = await permitted(registries, pinned);
    const layers = await roomCheck.demand(image, asker.account);
    await followPull(client, { pinned, account: asker.account, layers, signal: stop, onProgress: wish.onProgress });
  } catch (error) {
    if (stop.aborted)
      throw new OrcaError('timeout', `pulling image "${ref}" took too long and was given up`, { cause: error });
    if (isNobodysAnswer(error) || isRefusal(error)) throw error;
    const detail = (error as Error).message;
    registries.onProblem?.(ref, detail);
    const { message, hint } = whyNoImage(ref, detail, asker);
    throw new OrcaError('not_found', message, { cause: error, hint });
  }
}

/** Docker itself was not reached: that says nothing of the image. */
const isNobodysAnswer = (error: unknown): boolean =>
  error instanceof OrcaError && error.code === 'unavailable' && statusOf(error) === undefined;

/** There is no room for it. */
const isRefusal = (error: unknown): boolean => error instanceof OrcaError && error.code === 'unplaceable';

interface Followed {
  readonly pinned: string;
  readonly account: RegistryAccount | undefined;
  readonly layers: readonly Layer[] | undefined;
  readonly signal: AbortSignal;
  readonly onProgress: PullWish['onProgress'];
}

async function followPull(client: DockerClient, { pinned, account, layers, signal, onProgress }: Followed) {
  const [fromImage, tag] = pinned.split('@');
  const options = { fromImage, tag, abortSignal: signal, ...(account && { authconfig: authConfig(account) }) };
  const lines = await client.call(
    `pull image "${pinned}"`,
    async (docker) => (await docker.createImage({ ...options })) as Readable,
    { limit: PULL_LIMIT, patient: true, signal },
  );
  const progress = createPullProgress(layers);
  for await (const line of readJsonLines(lines)) {
    const { error } = line as { error?: string };
    if (error !== undefined) throw new Error(error);
    onProgress?.(progress(line as PullLine));
  }
}
