import { OrcaError } from '../../core/errors.ts';
import { formatSize } from '../../core/format-size.ts';
import { createDockerClient } from '../../engine/client.ts';
import { connect } from '../../engine/connection.ts';
import { dial } from '../../engine/dial.ts';
import { type DiskInfo, type EngineDisk, freeDisk } from '../../engine/free-disk.ts';
import { type Check, failed, ok, untested, warning } from './check.ts';

/** What of `GET /info` a node is judged by. */
export interface DockerInfo extends DiskInfo {
  readonly ServerVersion: string;
  readonly Driver?: string;
  readonly LiveRestoreEnabled?: boolean;
  readonly SecurityOptions?: readonly string[] | null;
  readonly CgroupVersion?: string;
  readonly MemoryLimit?: boolean;
  readonly CpuCfsQuota?: boolean;
  readonly PidsLimit?: boolean;
}

/** Docker, its settings, control groups, and the disk where it keeps its data. */
export async function checkDocker(socket: string): Promise<readonly Check[]> {
  const client = createDockerClient(connect(`unix://${socket}`));
  try {
    const info = await client.call('describe itself', (docker, signal) =>
      dial<DockerInfo>(docker, '/info', { signal }),
    );
    const api = await client.api();
    return [...judgeDocker(info, api), judgeCgroups(info), judgeDisk(await freeDisk(info))];
  } catch (error) {
    if (!(error instanceof OrcaError)) throw error;
    const install = 'install Docker Engine 20.10 or later and start it, or name its socket with --docker';
    return [failed('docker', error.message, error.code === 'unavailable' ? install : error.hint)];
  }
}

export function judgeDocker(info: DockerInfo, api: string): readonly Check[] {
  const has = (name: string): boolean =>
    (info.SecurityOptions ?? []).some((one) => one.split(',')[0] === `name=${name}`);
  const version = `${info.ServerVersion}, API ${api}${info.Driver === undefined ? '' : `, ${info.Driver}`}`;
  const restart = 'in /etc/docker/daemon.json, and restart Docker';
  if (has('rootless')) {
    return [
      failed(
        'docker',
        `${version}: it is rootless`,
        'services would not be reached at their own addresses: name the socket of one that runs as root with --docker',
      ),
    ];
  }
  return [
    ok('docker', version),
    ...(info.LiveRestoreEnabled
      ? [
          warning(
            'live-restore',
            'is on',
            `networks between machines cannot be made with it: set "live-restore": false ${restart}`,
          ),
        ]
      : []),
    ...(has('userns')
      ? [
          warning(
            'userns-remap',
            'is on',
            `files that volumes have from elsewhere belong to other users in containers: take "userns-remap" out ${restart}`,
          ),
        ]
      : []),
  ];
}

export function judgeCgroups({ CgroupVersion, MemoryLimit, CpuCfsQuota, PidsLimit }: DockerInfo): Check {
  const version = `version ${CgroupVersion ?? '1'}`;
  const missing = [
    ...(MemoryLimit === false ? ['memory'] : []),
    ...(CpuCfsQuota === false ? ['CPU'] : []),
    ...(PidsLimit === false ? ['processes'] : []),
  ];
  if (missing.length === 0) return ok('cgroups', `${version}: memory, CPU and processes can be limited`);
  return failed(
    'cgroups',
    `${version}: ${missing.join(' and ')} cannot be limited`,
    "one service could take what all need: switch the controllers on, on the kernel's command line (cgroup_enable=memory)",
  );
}

const LEAST_FREE = 1024 ** 3;
const LITTLE_FREE = 5 * 1024 ** 3;

export function judgeDisk(disk: EngineDisk | undefined): Check {
  if (!disk) return untested('disk', 'where Docker keeps images cannot be seen from here');
  const found = `${formatSize(disk.free)} of ${formatSize(disk.size)} free in ${disk.root}`;
  const hint = 'free some, or give Docker a larger disk ("data-root" in /etc/docker/daemon.json)';
  if (disk.free < LEAST_FREE) return failed('disk', found, hint);
  return disk.free < LITTLE_FREE ? warning('disk', found, hint) : ok('disk', found);
}
