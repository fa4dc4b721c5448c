import { volumesOfFile } from './declared-volumes.ts';
import { explain, explainKeys } from './explain.ts';
import { ManifestInput } from './file.ts';
import { createReport, type Finding, found, type SpecIssue, show } from './issue.ts';
import { refuseLaterOfFile } from './later.ts';
import { name, parseName } from './name.ts';
import { MAX_SERVICES, type ParsedServices, parseEntries, type ServiceEntry } from './parse-services.ts';
import { resolveTree } from './resolve.ts';
import { SERVICE_KEYS } from './service.ts';

const KEYS = Object.keys(ManifestInput.shape);

/** `orca.yml` as plain data. Paths of issues lead through its `services` map. Tells all issues at once; never throws. */
export function parseFile(file: unknown): ParsedServices {
  const report = createReport<SpecIssue>();
  const value = resolveTree(file, report);
  if (!isMap(value)) {
    report.add({ path: [], message: `expected a map with project and services, found ${show(value)}` });
    return parseEntries([], new Map(), report);
  }
  const later = refuseLaterOfFile(value).map(found);
  const { volumes, findings } = volumesOfFile(value['volumes'], projectOf(value));
  const own = [
    ...later,
    ...checkKeys(value),
    ...checkProject(value),
    ...findings,
    ...checkServices(value['services']).map(found),
  ];
  for (const { words } of own) report.tell(words);
  return parseEntries(listServices(value).map(underSomeName), volumes, report);
}

const projectOf = (file: Readonly<Record<string, unknown>>): string =>
  name().safeParse(file['project']).data ?? 'default';

/** The services of a file as the list a deploy body holds, each with its name and project. */
export function listServices(file: Readonly<Record<string, unknown>>): ServiceEntry[] {
  const services = file['services'];
  const project = projectOf(file);
  if (!isMap(services) || Object.keys(services).length > MAX_SERVICES) return [];
  return Object.entries(services).map(([name, service]) => ({
    path: ['services', name],
    input: isMap(service) ? { ...service, name, project } : service,
  }));
}

/** A bad name is told at the key, once, and the service is checked under another. */
function underSomeName({ path, input }: ServiceEntry): ServiceEntry {
  if (!isMap(input) || 'value' in parseName(String(input['name']))) return { path, input };
  return { path, input: { ...input, name: 'unnamed' } };
}

function checkKeys(file: Readonly<Record<string, unknown>>): Finding[] {
  const unknown = Object.keys(file).filter((key) => !KEYS.includes(key));
  const hint = 'it belongs below services and the name of a service';
  return explainKeys(unknown, KEYS, []).map(({ path, words }) =>
    Object.hasOwn(SERVICE_KEYS, String(path[0])) ? { path, words: () => ({ ...words(), hint }) } : { path, words },
  );
}

function checkProject(file: Readonly<Record<string, unknown>>): Finding[] {
  const result = name().safeParse(file['project'], { reportInput: true });
  if (file['project'] === undefined) {
    return [
      found({
        path: ['project'],
        message: 'missing: expected the name of a project',
        hint: 'add `project`: the namespace of your services',
      }),
    ];
  }
  return explain(name(), result.error?.issues ?? [], ['project']);
}

function checkServices(services: unknown): SpecIssue[] {
  const path = ['services'];
  if (services === undefined) return [{ path, message: 'missing: expected a map of services by name' }];
  if (!isMap(services)) return [{ path, message: `expected a map of services by name, found ${show(services)}` }];
  const names = Object.keys(services);
  if (names.length === 0 || names.length > MAX_SERVICES) {
    return [{ path, message: `expected 1 to ${MAX_SERVICES} services, found ${names.length}` }];
  }
  return names.flatMap((written) => [...checkName(written), ...checkStray(written, services[written])]);
}

/** In a list a service brings its name and project; in a file they stand above it. */
function checkStray(name: string, service: unknown): SpecIssue[] {
  const stray = isMap(service) ? ['name', 'project'].filter((key) => Object.hasOwn(service, key)) : [];
  const hint = 'the name of a service is the key above it, the project stands at the top of the file';
  return stray.map((key) => ({ path: ['services', name, key], message: `unknown key \`${key}\``, hint, atKey: true }));
}

function checkName(written: string): SpecIssue[] {
  const reading = parseName(written);
  return 'value' in reading
    ? []
    : [
        {
          path: ['services', written],
          message: `${reading.message}, found ${show(written)}`,
          hint: reading.hint,
          atKey: true,
        },
      ];
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
