// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the manifest's reference

import { OrcaError } from '../../core/errors.ts';
import { imageOf, namesPush } from '../../core/model/pushed-image.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { ifReadable } from '../../store/if-readable.ts';
import type { State } from '../../store/state.ts';
import type { FileContents } from './file-contents.ts';

/** A spec that is asked for. */
export interface Wish {
  readonly spec: ServiceSpec;
  /** Contents that its files name, as far as they came with it. */
  readonly contents?: FileContents | undefined;
  /** The service's revision that something of it was taken from: it is refused if another one is wanted by then. */
  readonly basedOn?: number | undefined;
  /** It may end a canary that waits for a user. */
  readonly replace?: boolean | undefined;
}

/** Whoever deploys by hand says nothing of commits: where an image names one, it is the one that was pushed last. */
export async function withPushedCommits(state: State, specs: readonly ServiceSpec[]): Promise<readonly Wish[]> {
  return Promise.all(specs.map((spec) => (namesPush(spec.image) ? withPushedCommit(state, spec) : { spec })));
}

async function withPushedCommit(state: State, spec: ServiceSpec): Promise<Wish> {
  const { project, name } = spec;
  const service = (await ifReadable(state.services.get(project, name)))?.value;
  if (!service) return { spec };
  const current = await ifReadable(state.revisions.get(project, name, service.revision));
  return { spec: { ...spec, commit: current?.value.spec.commit }, basedOn: service.revision };
}

/** @throws OrcaError `conflict` while there is no commit that its image could be named by */
export function referenceOf(spec: ServiceSpec): string {
  const reference = imageOf(spec);
  if (reference !== undefined) return reference;
  const until = spec.image.replaceAll('${push.sha}', '${push.sha:-main}');
  throw new OrcaError('conflict', `the image ${spec.image} waits for a first push, and none was told of yet`, {
    hint: `write \`image: ${until}\`: the tag after \`:-\` is used until the first push`,
  });
}
