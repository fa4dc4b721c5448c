import type { ServiceSpec } from './service-spec.ts';

/** Numbered, immutable snapshot of a service spec. Only `image` and `hash` are filled in later, once, if the image could not be resolved at admission, and `succeededAt`. */
export interface Revision {
  readonly project: string;
  readonly service: string;
  readonly number: number;
  readonly spec: ServiceSpec;
  /** What the spec's image stood for; undefined until resolved. */
  readonly image?: ResolvedImage | undefined;
  /** Hash of every field used in the container's create call and of the image digest; undefined until the image is resolved. A task belongs to every revision with its hash. */
  readonly hash?: string | undefined;
  readonly createdAt: number;
  /** Who asked for it; unknown of a revision from before this field. */
  readonly by?: string | undefined;
  /** It is this earlier revision again: a rollback went to it. */
  readonly rollbackOf?: number | undefined;
  /** When a deployment first brought it to success: written by the controllers. Epoch ms. */
  readonly succeededAt?: number | undefined;
}

export interface ResolvedImage {
  /** As the user wrote it. */
  readonly ref: string;
  /** `sha256:...`: the registry's digest, or the image id of a local image. Its identity. */
  readonly digest: string;
  /** What the create call names: `name@sha256:...`, or the image id of a local image. */
  readonly pinned: string;
}
