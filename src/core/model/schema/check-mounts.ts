import type { SoundKeys } from './checks.ts';
import { repeated } from './checks.ts';
import type { ProjectVolumes } from './declared-volumes.ts';
import type { KeyPath, SpecIssue } from './issue.ts';
import type { ParsedMount } from './mount.ts';
import { didYouMean } from './nearest.ts';

/**
 * Rules of what is mounted.
 *
 * @param declared the volumes of the project
 */
export const checkMounts = (service: SoundKeys, declared: ProjectVolumes): SpecIssue[] => [
  ...checkDeclared(service, declared),
  ...checkTargets(service),
  ...checkOneWriter(service, declared),
];

/** Names that a wrong one is compared with: of long ones each takes a while. */
const COMPARED = 20;

function checkDeclared({ volumes = [] }: SoundKeys, declared: ProjectVolumes): SpecIssue[] {
  return volumes.flatMap(({ source }, i) => {
    if (!('volume' in source) || declared?.has(source.volume)) return [];
    const { volume } = source;
    return [
      {
        path: ['volumes', i],
        message: `the volume ${volume} is not declared`,
        // Looked for where the issue is told: there may be a flood of them.
        get hint() {
          const near = didYouMean(volume, [...(declared?.keys() ?? [])].slice(0, COMPARED));
          return near ?? `declare it at the top of the file: \`volumes: {${volume}: {}}\``;
        },
      },
    ];
  });
}

interface Target {
  readonly path: KeyPath;
  readonly target: string;
}

function checkTargets({ volumes = [], tmpfs = [], files = [] }: SoundKeys): SpecIssue[] {
  const targets: Target[] = [
    ...tmpfs.map(([target], i) => ({ path: ['tmpfs', i], target })),
    ...files.map(({ target }, i) => ({ path: ['files', i, 'target'], target })),
    ...volumes.map(({ target }, i) => ({ path: ['volumes', i], target })),
  ];
  return repeated(targets.map(({ target }) => target)).flatMap((i) => {
    const { path, target } = targets[i] as Target;
    return [{ path, message: `something is mounted at ${target} already`, hint: 'give each a path of its own' }];
  });
}

/** Several tasks that write to one volume, and a second set beside the first. */
function checkOneWriter(service: SoundKeys, declared: ProjectVolumes): SpecIssue[] {
  const { volumes = [], replicas, deploy } = service;
  const at = volumes.findIndex((mount) => isExclusive(mount, declared));
  const mount = volumes[at];
  if (!mount) return [];
  const what = 'volume' in mount.source ? `the volume ${mount.source.volume}` : `the host path ${mount.source.path}`;
  if (typeof replicas === 'number' && replicas > 1) {
    const message = `${replicas} replicas cannot write to ${what}: only one task may`;
    return [{ path: ['replicas'], message, hint: `${toShare(mount)}, or use one replica` }];
  }
  if (!deploy || deploy.strategy === 'rolling') return [];
  const message = `strategy ${deploy.strategy} runs two sets side by side, and only one task may write to ${what}`;
  return [{ path: ['deploy', 'strategy'], message, hint: `${toShare(mount)}, or use strategy rolling` }];
}

const toShare = ({ source }: ParsedMount): string =>
  'volume' in source
    ? `mount it read-only (\`:ro\`), or declare it \`shared: true\` if the application can share it`
    : `mount it read-only (\`:ro\`), or write \`shared: true\` beside it if the application can share it`;

function isExclusive({ source, readOnly, shared }: ParsedMount, declared: ProjectVolumes): boolean {
  if (readOnly) return false;
  if ('path' in source) return !shared;
  const volume = declared?.get(source.volume);
  return volume !== undefined && !volume.shared;
}
