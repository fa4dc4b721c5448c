import type { ServiceSpec } from '../service-spec.ts';
import { checkService, type SoundKeys } from './checks.ts';
import { explain, explainKey } from './explain.ts';
import { type KeyPath, type SpecIssue, show, startsWith } from './issue.ts';
import { refuseLater } from './later.ts';
import { resolveTree } from './resolve.ts';
import { ListedServiceInput } from './service.ts';
import { toSpec } from './to-spec.ts';

/** Services in one body, at most. */
export const MAX_SERVICES = 500;
/** A spec is one value of the store, with room for what stands beside it. */
const MAX_SPEC = 512 * 1024;

export type ParsedServices =
  | { readonly ok: true; readonly specs: readonly ServiceSpec[] }
  /** `unlisted`: how many more there are of a kind of which only the first are kept. */
  | { readonly ok: false; readonly issues: readonly SpecIssue[]; readonly unlisted: number };

/** The body of `POST /api/v1/deploy` and `/plan`: `{services: [{name, project, image, ...}]}`. Tells all issues at once; never throws. */
export function parseServices(body: unknown): ParsedServices {
  const { value, issues, unlisted } = resolveTree(body);
  const { services, issues: shape } = servicesOf(value);
  const parsed = services.map((input, i) => parseEntry({ path: ['services', i], input }));
  return conclude([...issues, ...shape], parsed, unlisted);
}

export interface ServiceEntry {
  /** Where it stands, for its issues. */
  readonly path: KeyPath;
  /** With `name` and `project`, its references resolved. */
  readonly input: unknown;
}

export interface ParsedEntry {
  readonly path: KeyPath;
  readonly spec?: ServiceSpec | undefined;
  readonly issues: readonly SpecIssue[];
}

/** One service: its shape, what is not supported yet, and the rules between its keys. */
export function parseEntry({ path, input }: ServiceEntry): ParsedEntry {
  const later = refuseLater(input);
  const result = ListedServiceInput.safeParse(input, { reportInput: true });
  const shape = explain(ListedServiceInput, result.error?.issues ?? []).filter(
    (issue) => !later.some((refused) => startsWith(issue.path, refused.path)),
  );
  const rules = result.success ? checkKeys(result.data, input) : checkSoundKeys(input, [...later, ...shape]);
  const issues = [...later, ...shape, ...rules];
  if (issues.length > 0 || !result.success) return { path, issues: issues.map((issue) => under(path, issue)) };
  const spec = toSpec(result.data);
  if (JSON.stringify(spec).length <= MAX_SPEC) return { path, spec, issues: [] };
  return {
    path,
    issues: [
      { path, message: 'the service is larger than 512 KiB as a whole', hint: 'keep large values in the image' },
    ],
  };
}

/** All specs, or all issues. Rules between services are checked on those that are sound. */
export function conclude(
  issues: readonly SpecIssue[],
  entries: readonly ParsedEntry[],
  unlisted: number,
): ParsedServices {
  const isNews = ({ path }: SpecIssue): boolean => !issues.some((told) => !told.atKey && startsWith(path, told.path));
  const all = [...issues, ...entries.flatMap((entry) => entry.issues.filter(isNews)), ...clashes(entries)];
  if (all.length > 0) return { ok: false, issues: all, unlisted };
  return { ok: true, specs: entries.flatMap(({ spec }) => spec ?? []) };
}

function servicesOf(body: unknown): { services: readonly unknown[]; issues: readonly SpecIssue[] } {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { services: [], issues: [{ path: [], message: `expected a map with \`services\`, found ${show(body)}` }] };
  }
  const unknown = Object.keys(body)
    .filter((key) => key !== 'services')
    .map((key) => explainKey(key, ['services'], []));
  const services: unknown = Reflect.get(body, 'services');
  if (Array.isArray(services) && services.length > 0 && services.length <= MAX_SERVICES)
    return { services, issues: unknown };
  const message = `expected a list of 1 to ${MAX_SERVICES} services, found ${show(services)}`;
  return { services: [], issues: [...unknown, { path: ['services'], message }] };
}

const PartialInput = ListedServiceInput.partial();

/** The rules between keys, held against the keys that are sound in themselves, so that all errors are told at once. */
function checkSoundKeys(input: unknown, issues: readonly SpecIssue[]): SpecIssue[] {
  if (typeof input !== 'object' || input === null) return [];
  const broken = new Set(issues.map(({ path }) => path[0]));
  const sound = Object.fromEntries(Object.entries(input).filter(([key]) => !broken.has(key)));
  const parsed = PartialInput.safeParse(sound);
  return parsed.success ? checkKeys(parsed.data, input) : [];
}

const checkKeys = (service: SoundKeys, input: unknown): SpecIssue[] =>
  checkService(service, (key) => typeof input === 'object' && input !== null && Object.hasOwn(input, key));

const under = (path: KeyPath, issue: SpecIssue): SpecIssue => ({ ...issue, path: [...path, ...issue.path] });

/** The same service twice, and the same domain and path twice. */
function clashes(entries: readonly ParsedEntry[]): SpecIssue[] {
  const owners = new Map<string, string>();
  return entries.flatMap(({ path, spec }) => {
    if (!spec) return [];
    const name = `${spec.project}/${spec.name}`;
    const known = owners.has(name);
    owners.set(name, name);
    if (known) return [{ path, message: `the service ${name} stands there twice` }];
    return spec.domains.flatMap((host) =>
      spec.routes.flatMap((route) => claim(owners, `${host} ${route.path}`, name, path)),
    );
  });
}

function claim(owners: Map<string, string>, place: string, name: string, path: KeyPath): SpecIssue[] {
  const owner = owners.get(place);
  if (owner === undefined) owners.set(place, name);
  if (owner === undefined || owner === name) return [];
  const [host, prefix] = place.split(' ');
  return [
    {
      path,
      message: `${host} with the path ${prefix} belongs to the service ${owner} already`,
      hint: 'give one of them other `routes`',
    },
  ];
}
