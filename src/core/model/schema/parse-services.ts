import { MAX_FILES } from '../file.ts';
import type { ServiceSpec } from '../service-spec.ts';
import { type VolumeMount, volumeName } from '../volume.ts';
import { checkFiles } from './check-files.ts';
import { checkInternal } from './check-internal.ts';
import { checkMounts } from './check-mounts.ts';
import { hiddenNames } from './check-names.ts';
import { misorders } from './check-order.ts';
import { checkService, type SoundKeys } from './checks.ts';
import { type DeclaredVolumes, type ProjectVolumes, volumesOfBody } from './declared-volumes.ts';
import { explain, explainKeys } from './explain.ts';
import {
  createReport,
  type Finding,
  found,
  type KeyPath,
  type Report,
  type SpecIssue,
  show,
  startsWith,
} from './issue.ts';
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

/** The body of `POST /api/v1/deploy` and `/plan`: `{services: [{name, project, image, ...}], volumes: [{name, project, ...}]}`. Tells all issues at once; never throws. */
export function parseServices(body: unknown): ParsedServices {
  const report = createReport<SpecIssue>();
  const tree = resolveTree(body, report);
  const services = servicesOf(tree, report);
  const { volumes, findings } = volumesOfBody(Reflect.get(Object(tree), 'volumes'));
  for (const { words } of findings) report.tell(words);
  return parseEntries(
    services.map((input, i) => ({ path: ['services', i], input })),
    volumes,
    report,
  );
}

export interface ServiceEntry {
  /** Where it stands, for its issues. */
  readonly path: KeyPath;
  /** With `name` and `project`, its references resolved. */
  readonly input: unknown;
}

interface SoundEntry {
  readonly path: KeyPath;
  readonly spec: ServiceSpec;
}

/**
 * All specs, or all issues, those that are reported already among them. Rules between services are checked on those that
 * are sound.
 */
export function parseEntries(
  entries: readonly ServiceEntry[],
  volumes: DeclaredVolumes,
  report: Report<SpecIssue>,
): ParsedServices {
  const told = report.kept.filter(({ atKey }) => !atKey);
  const isNews = (path: KeyPath): boolean => !told.some((issue) => startsWith(path, issue.path));
  const sound = entries.flatMap(({ path, input }) => {
    const { spec, findings } = parseEntry(input, volumes);
    for (const finding of findings.map((each) => under(path, each)))
      if (isNews(finding.path)) report.tell(finding.words);
    return spec ? [{ path, spec }] : [];
  });
  [...clashes(sound), ...misorders(sound), ...hiddenNames(sound), ...tooManyBytes(sound)].forEach(report.add);
  if (report.kept.length > 0) return { ok: false, issues: report.kept, unlisted: report.unlisted() };
  return { ok: true, specs: sound.map(({ spec }) => spec) };
}

/** One service: its shape, what is not supported yet, and the rules between its keys. */
function parseEntry(
  input: unknown,
  volumes: DeclaredVolumes,
): { readonly spec?: ServiceSpec; readonly findings: readonly Finding[] } {
  const declared = volumes.get(projectOf(input));
  const later = refuseLater(input).map(found);
  const isRefused = below(later);
  const result = ListedServiceInput.safeParse(input, { reportInput: true });
  const shape = explain(ListedServiceInput, result.error?.issues ?? []).filter(({ path }) => !isRefused(path));
  const rules = result.success
    ? checkKeys(result.data, input, declared)
    : checkSoundKeys(input, [...later, ...shape], declared);
  const findings = [...later, ...shape, ...rules.map(found).filter(({ path }) => !isRefused(path))];
  if (findings.length > 0 || !result.success) return { findings };
  const spec = toSpec(result.data, declared);
  return JSON.stringify(spec).length <= MAX_SPEC ? { spec, findings } : { findings: [found(TOO_LARGE)] };
}

const projectOf = (input: unknown): string => String(Reflect.get(Object(input), 'project') ?? 'default');

const TOO_LARGE: SpecIssue = {
  path: [],
  message: 'the service is larger than 512 KiB as a whole',
  hint: 'keep large values in the image',
};

/** Whether a path is one of these or below it, however many they are. */
function below(findings: readonly Finding[]): (path: KeyPath) => boolean {
  const paths = new Set(findings.map(({ path }) => JSON.stringify(path)));
  return (path) => path.some((_, i) => paths.has(JSON.stringify(path.slice(0, i + 1))));
}

const KEYS = ['services', 'volumes', 'replace'];

/** The services of a body, as far as it holds any; what else it holds is reported. */
function servicesOf(body: unknown, report: Report<SpecIssue>): readonly unknown[] {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    report.add({ path: [], message: `expected a map with \`services\`, found ${show(body)}` });
    return [];
  }
  const unknown = Object.keys(body).filter((key) => !KEYS.includes(key));
  for (const { words } of explainKeys(unknown, KEYS, [])) report.tell(words);
  const services: unknown = Reflect.get(body, 'services');
  if (Array.isArray(services) && services.length > 0 && services.length <= MAX_SERVICES) return services;
  const message = `expected a list of 1 to ${MAX_SERVICES} services, found ${show(services)}`;
  report.add({ path: ['services'], message });
  return [];
}

const PartialInput = ListedServiceInput.partial();

/** The rules between keys, held against the keys that are sound in themselves, so that all errors are told at once. */
function checkSoundKeys(input: unknown, findings: readonly Finding[], declared: ProjectVolumes): SpecIssue[] {
  if (typeof input !== 'object' || input === null) return [];
  const broken = new Set(findings.map(({ path }) => path[0]));
  const sound = Object.fromEntries(Object.entries(input).filter(([key]) => !broken.has(key)));
  const parsed = PartialInput.safeParse(sound);
  return parsed.success ? checkKeys(parsed.data, input, declared) : [];
}

function checkKeys(service: SoundKeys, input: unknown, declared: ProjectVolumes): SpecIssue[] {
  const has = (key: string) => typeof input === 'object' && input !== null && Object.hasOwn(input, key);
  return [
    ...checkService(service, has),
    ...checkMounts(service, declared),
    ...checkFiles(service),
    ...checkInternal(service),
  ];
}

function under(base: KeyPath, { path, words }: Finding): Finding {
  const whole = [...base, ...path];
  return { path: whole, words: () => ({ ...words(), path: whole }) };
}

/** All files of a request, as each service brings its own. */
function tooManyBytes(entries: readonly SoundEntry[]): SpecIssue[] {
  let bytes = 0;
  const over = entries.find(({ spec }) => {
    bytes += (spec.files ?? []).reduce((sum, { size = 0 }) => sum + size, 0);
    return bytes > MAX_FILES;
  });
  if (!over) return [];
  const hint = 'put large files into the image, or on a volume';
  return [{ path: [...over.path, 'files'], message: 'the files up to here are more than 10 MiB', hint }];
}

/** The same service twice, the same domain and path twice, and two that write to a volume of one writer. */
function clashes(entries: readonly SoundEntry[]): SpecIssue[] {
  const owners = new Map<string, string>();
  const writers = new Map<string, string>();
  return entries.flatMap(({ path, spec }) => {
    const name = `${spec.project}/${spec.name}`;
    const known = owners.has(name);
    owners.set(name, name);
    if (known) return [{ path, message: `the service ${name} stands there twice` }];
    const routes = spec.domains.flatMap((host) =>
      spec.routes.flatMap((route) => claim(owners, `${host} ${route.path}`, name, path)),
    );
    return [...routes, ...spec.volumes.flatMap((mount) => write(writers, mount, spec, path))];
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

function write(
  writers: Map<string, string>,
  { volume, readOnly }: VolumeMount,
  { project, name }: ServiceSpec,
  path: KeyPath,
): SpecIssue[] {
  if (readOnly || volume.shared) return [];
  const place = volumeName(project, volume);
  const writer = writers.get(place);
  if (writer === undefined) writers.set(place, name);
  if (writer === undefined || writer === name) return [];
  const message = `the service ${writer} writes to the volume ${volume.name} already, and only one task may`;
  const hint =
    'mount it read-only (`:ro`) in one of them, or declare it `shared: true` if the applications can share it';
  return [{ path: [...path, 'volumes'], message, hint }];
}
