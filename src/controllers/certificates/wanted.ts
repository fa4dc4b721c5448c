import type { WantedName } from '../../core/certificates/situation.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import type { State } from '../../store/state.ts';
import { MissingRevision, type ReadRevision } from '../services/revisions.ts';

/** A name, and whose it is: what comes of it is told to them. */
export interface OwnedName extends WantedName {
  readonly project: string;
  readonly service: string;
}

/** The names of a service that brings its own certificate, and the keys of the secrets that it lies in. */
export interface BroughtNames {
  readonly project: string;
  readonly service: string;
  readonly names: readonly string[];
  readonly cert: string;
  readonly key: string;
}

export interface Wanted {
  /** Those that somebody is to sign for, each once. */
  readonly names: readonly OwnedName[];
  readonly brought: readonly BroughtNames[];
}

/** What services want, as they were deployed last. One whose revision is missing wants nothing. */
export async function wantedNames(state: State, readRevision: ReadRevision): Promise<Wanted> {
  const { records } = await state.services.listReadable();
  const names = new Map<string, OwnedName>();
  const brought: BroughtNames[] = [];
  for (const { value: service } of records.filter((one) => !one.value.removing)) {
    const revision = await readRevision(service, service.revision).catch(orNone);
    if (!revision) continue;
    const { domains, tls } = revision.spec;
    const owner = { project: service.project, service: service.name };
    const source = sourceOf(tls);
    if (source) for (const name of domains) if (!names.has(name)) names.set(name, { name, source, ...owner });
    if (tls?.mode === 'own') brought.push({ ...owner, names: domains, cert: tls.cert ?? '', key: tls.key ?? '' });
  }
  return { names: [...names.values()], brought };
}

function sourceOf(tls: ServiceSpec['tls']): WantedName['source'] | undefined {
  if (tls?.mode === 'internal') return 'internal';
  return tls === undefined || tls.mode === 'auto' ? 'acme' : undefined;
}

function orNone(error: unknown): undefined {
  if (!(error instanceof MissingRevision)) throw error;
}
