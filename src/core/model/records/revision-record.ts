import type { ResolvedImage, Revision } from '../revision.ts';
import { escapeTemplate } from '../schema/template.ts';
import type { ServiceSpec } from '../service-spec.ts';
import { mapTemplates } from '../templates.ts';
import type { Fields, RecordFormat } from './format.ts';
import { SERVICE_SPEC } from './service-spec-shape.ts';
import { number, object, optional, text } from './shape.ts';

export const REVISION_RECORD: RecordFormat<Revision> = {
  upgrades: [from0, from1, from2],
  shape: object<Revision>({
    project: text,
    service: text,
    number,
    spec: SERVICE_SPEC,
    image: optional(object<ResolvedImage>({ ref: text, digest: text, pinned: text })),
    hash: optional(text),
    createdAt: number,
    by: optional(text),
    rollbackOf: optional(number),
    succeededAt: optional(number),
  }),
};

/** What 0.1 wrote: text in which no dollar was doubled; its containers kept none of the capabilities that are taken away. */
function from0(revision: Fields): Fields {
  const { spec } = revision;
  const written = spec as Omit<ServiceSpec, 'capKeep'>;
  return { ...revision, spec: { capKeep: [], ...mapTemplates(written, escapeTemplate) } };
}

/** Volumes and host paths were not supported. */
function from1(revision: Fields): Fields {
  return { ...revision, spec: { volumes: [], hostPaths: [], ...(revision['spec'] as object) } };
}

/** A limit of CPU counted as reserved, where nothing else was written. It was used for nothing. */
function from2(revision: Fields): Fields {
  const spec = revision['spec'] as Pick<ServiceSpec, 'reserve' | 'resources'>;
  const { cpu, ...reserve } = spec.reserve;
  return cpu === spec.resources.cpu ? { ...revision, spec: { ...spec, reserve } } : revision;
}
