import type { ImageInspectInfo } from 'dockerode';
import { OrcaError } from '../core/errors.ts';
import type { ResolvedImage } from '../core/model/revision.ts';
import type { ServiceSpec } from '../core/model/service-spec.ts';
import { checkLogin } from './check-login.ts';
import type { DockerClient } from './client.ts';
import { dial } from './dial.ts';
import { statusOf } from './docker-error.ts';
import type { Engine, Resolution } from './engine.ts';
import type { DiskOf } from './free-disk.ts';
import { type ImageReference, isImageId, parseImageReference } from './image-reference.ts';
import { pullImage } from './pull.ts';
import { askRegistry, permitted, type Registries } from './registry.ts';
import { createRoomCheck } from './room-check.ts';

/** Layers of gigabytes are deleted before the engine answers, ms. */
const REMOVAL_LIMIT = 120_000;

type Images = Pick<Engine, 'checkLogin' | 'foreseePull' | 'resolve' | 'pull' | 'hasImage' | 'missing' | 'removeImage'>;

export function createImages(client: DockerClient, registries: Registries, diskOf: DiskOf): Images {
  const roomCheck = createRoomCheck({ client, registries, diskOf });
  return {
    resolve: (ref, pull) => resolve(client, registries, ref, pull),
    foreseePull: async (image) => {
      if (image.pinned === image.digest) return {};
      const { account } = await permitted(registries, image.pinned);
      return roomCheck.foresee(image, account);
    },
    checkLogin: (login) => checkLogin(client, registries, login),
    hasImage: async ({ pinned }) => (await inspectImage(client, pinned)) !== undefined,
    removeImage: (pinned) => removeImage(client, pinned),
    missing: async ({ digest, pinned }) =>
      pinned === digest ? 'it came from no registry' : (await askRegistry(client, registries, pinned)).problem,
    pull: async (image, wish) => {
      if ((await inspectImage(client, image.pinned)) !== undefined) return;
      if (image.pinned === image.digest) throw gone(image);
      await pullImage({ client, registries, roomCheck }, image, wish);
    },
  };
}

const gone = ({ ref }: ResolvedImage): OrcaError =>
  new OrcaError('not_found', `image "${ref}" is not on the engine any more, and no registry has it`, {
    hint: 'build or load it again, then deploy',
  });

/** `auto`: the registry's word, an image at hand if it gives none. `always`: the registry's word or nothing. `never`: the image at hand or nothing. */
async function resolve(
  client: DockerClient,
  registries: Registries,
  ref: string,
  pull: ServiceSpec['pull'],
): Promise<Resolution> {
  const name = parseImageReference(ref);
  const present = await inspectImage(client, checked(ref, name));
  if (name === undefined) return present === undefined ? missing(ref) : local(ref, present);
  if (name.digest !== undefined) return resolution(client, ref, name, name.digest);
  const known = present && registryDigest(present, name);
  if (present !== undefined && known === undefined && pull !== 'always') return local(ref, present);
  if (pull === 'never') return known === undefined ? missing(ref) : resolution(client, ref, name, known);
  const asked = await askRegistry(client, registries, ref);
  if (asked.digest !== undefined) return resolution(client, ref, name, asked.digest);
  if (pull === 'always' || known === undefined) return { warning: asked.problem, needsPull: false };
  return { ...(await resolution(client, ref, name, known)), warning: `${asked.problem}; using the one on the engine` };
}

/** Names go into request paths as they are. */
function checked(ref: string, name: ImageReference | undefined): string {
  if (name !== undefined || isImageId(ref)) return ref;
  throw new OrcaError('invalid', `not an image name: "${ref}"`, { hint: 'write it as name:tag, or registry/name:tag' });
}

/** The id is the identity of an image that came from no registry. */
const local = (ref: string, { Id }: ImageInspectInfo): Resolution => ({
  image: { ref, digest: Id, pinned: Id },
  needsPull: false,
});

const missing = (ref: string): Resolution => ({
  warning: `image "${ref}" is not on the engine, and it may not be pulled`,
  needsPull: false,
});

async function resolution(
  client: DockerClient,
  ref: string,
  { repository }: ImageReference,
  digest: string,
): Promise<Resolution> {
  const pinned = `${repository}@${digest}`;
  const needsPull = (await inspectImage(client, pinned)) === undefined;
  return { image: { ref, digest, pinned }, needsPull };
}

/** What the reference's own repository called the image when it was pulled or pushed. */
const registryDigest = ({ RepoDigests }: ImageInspectInfo, { repository }: ImageReference): string | undefined =>
  (RepoDigests ?? []).find((one) => one.startsWith(`${repository}@`))?.slice(repository.length + 1);

async function removeImage(client: DockerClient, pinned: string): ReturnType<Engine['removeImage']> {
  const found = await inspectImage(client, pinned);
  if (found === undefined) return 'gone';
  if ((found.RepoTags ?? []).length > 0) return 'tagged';
  try {
    await client.call(
      `remove image "${pinned}"`,
      (docker, abortSignal) => docker.getImage(pinned).remove({ abortSignal }),
      { limit: REMOVAL_LIMIT, patient: true },
    );
    return 'removed';
  } catch (error) {
    if (statusOf(error) === 404) return 'gone';
    if (statusOf(error) === 409) return 'in-use';
    throw error;
  }
}

/** `GET /images/{name}/json` */
async function inspectImage(client: DockerClient, name: string): Promise<ImageInspectInfo | undefined> {
  try {
    return await client.call(`inspect image "${name}"`, (docker, signal) =>
      dial<ImageInspectInfo>(docker, `/images/${name}/json`, { signal }),
    );
  } catch (error) {
    if (statusOf(error) === 404) return undefined;
    throw error;
  }
}
