import type { VolumeSpec } from '../volume.ts';
import { explain } from './explain.ts';
import { type Finding, found, type KeyPath, type SpecIssue, show } from './issue.ts';
import { name } from './name.ts';
import { toVolumeSpec, VolumeInput, volumeNameText } from './volume.ts';

/** Volumes in one body or file, at most. */
export const MAX_VOLUMES = 500;

/** Of each project its volumes by name; undefined for one whose declaration is broken: that is told where it stands. */
export type ProjectVolumes = ReadonlyMap<string, VolumeSpec | undefined> | undefined;
export type DeclaredVolumes = ReadonlyMap<string, NonNullable<ProjectVolumes>>;

export interface Declarations {
  readonly volumes: DeclaredVolumes;
  readonly findings: readonly Finding[];
}

/** In a list a volume brings its name and project. */
const ListedVolume = VolumeInput.extend({ name: volumeNameText(), project: name().prefault('default') });

interface Named {
  readonly name: string;
  readonly project: string;
}

interface Entry {
  readonly path: KeyPath;
  readonly input: unknown;
  /** By what stands around it: in a file. */
  readonly named?: Named | undefined;
}

/** The `volumes` of a file: a map by name, of one project. */
export function volumesOfFile(value: unknown, project: string): Declarations {
  if (value === undefined) return NONE;
  if (!isMap(value)) return refused(`expected a map of volumes by name, found ${show(value)}`);
  const entries = Object.entries(value).map(([name, input]) => ({ name, path: ['volumes', name], input }));
  const { volumes, findings } = read(
    entries.map(({ name, path, input }) => ({ path, input: withName(name, project, input), named: { name, project } })),
  );
  return { volumes, findings: [...findings, ...entries.flatMap(({ path, input }) => strayKeys(path, input))] };
}

/** The `volumes` of a body: a list, each with its name and project. */
export function volumesOfBody(value: unknown): Declarations {
  if (value === undefined) return NONE;
  if (!Array.isArray(value)) return refused(`expected a list of volumes, found ${show(value)}`);
  return read(value.map((input, i) => ({ path: ['volumes', i], input })));
}

/** The volumes of a file as the list that a body holds. */
export function listVolumes(file: Readonly<Record<string, unknown>>): readonly Readonly<Record<string, unknown>>[] {
  const { volumes, project } = file;
  if (!isMap(volumes)) return [];
  return Object.entries(volumes).map(([name, input]) => ({ ...(isMap(input) ? input : {}), name, project }));
}

const NONE: Declarations = { volumes: new Map(), findings: [] };

const refused = (message: string): Declarations => ({ ...NONE, findings: [found({ path: ['volumes'], message })] });

/** A name with nothing behind it is declared as well. */
const withName = (name: string, project: string, input: unknown): unknown =>
  input === null || isMap(input) ? { ...input, name, project } : input;

function strayKeys(path: KeyPath, input: unknown): Finding[] {
  const stray = isMap(input) ? ['name', 'project'].filter((key) => Object.hasOwn(input, key)) : [];
  const hint = 'the name of a volume is the key above it, the project stands at the top of the file';
  return stray.map((key) => found({ path: [...path, key], message: `unknown key \`${key}\``, hint, atKey: true }));
}

function read(entries: readonly Entry[]): Declarations {
  if (entries.length > MAX_VOLUMES) return refused(`expected at most ${MAX_VOLUMES} volumes, found ${entries.length}`);
  const volumes = new Map<string, Map<string, VolumeSpec | undefined>>();
  const findings = entries.flatMap(({ path, input, named }) => {
    const result = ListedVolume.safeParse(input, { reportInput: true });
    const { name = '', project = 'default' } = result.data ?? named ?? looselyNamed(input);
    const ofProject = volumes.get(project) ?? new Map<string, VolumeSpec | undefined>();
    const isTwice = ofProject.has(name);
    volumes.set(project, ofProject.set(name, result.data && toVolumeSpec(name, result.data)));
    if (isTwice) return [found({ path, message: `the volume ${project}/${name} stands there twice` })];
    const wrong = explain(named ? VolumeInput : ListedVolume, result.error?.issues ?? []);
    return wrong.map((finding) => under(path, finding, named !== undefined));
  });
  return { volumes, findings };
}

const looselyNamed = (input: unknown): Named => {
  const { name, project = 'default' } = isMap(input) ? input : {};
  return { name: String(name), project: String(project) };
};

const SIZE: Omit<SpecIssue, 'path'> = {
  message:
    '`size` is not allowed: docker cannot limit the size of a volume, and orca promises nothing that it cannot keep',
  hint: 'leave the key out',
  atKey: true,
};

/** A bad name is told at the key that it stands in. */
function under(base: KeyPath, { path, words }: Finding, named: boolean): Finding {
  const isKey = named && path[0] === 'name';
  const whole = isKey ? base : [...base, ...path];
  if (path.length === 1 && path[0] === 'size') return found({ ...SIZE, path: whole });
  return { path: whole, words: () => ({ ...words(), path: whole, ...(isKey && { atKey: true }) }) };
}

const isMap = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
