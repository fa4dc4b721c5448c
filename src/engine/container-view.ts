import type { ContainerInspectInfo } from 'dockerode';
import { type EngineTime, engineTime } from '../core/clock.ts';
import { lastLine } from '../core/last-line.ts';
import type { ContainerView, ImageCheck } from '../core/model/container.ts';

/** `GET /containers/{id}/json` cut down to what decisions need. */
export function toContainerView(info: ContainerInspectInfo): ContainerView {
  const { State: state } = info;
  const finishedAt = time(state.FinishedAt);
  const runs = state.Status === 'running' || state.Status === 'paused';
  return {
    id: info.Id,
    name: info.Name.replace(/^\//, ''),
    labels: info.Config.Labels ?? {},
    state: state.Status as ContainerView['state'],
    startedAt: time(state.StartedAt),
    finishedAt,
    exitCode: runs || (finishedAt === undefined && state.Error === '') ? undefined : state.ExitCode,
    oomKilled: state.OOMKilled,
    restarts: info.RestartCount,
    error: state.Error === '' ? undefined : state.Error,
    address: edgeAddress(info),
    hardware: edgeOf(info)?.MacAddress || undefined,
    pid: state.Pid || undefined,
    check: runs ? checkOf(state.Health) : undefined,
    networks: furtherNetworks(info),
    ports: exposedPorts(info),
  };
}

/** `80/tcp`, as EXPOSE of its image says it, and what is published. Undefined where there are none, as for most. */
function exposedPorts({ Config: { ExposedPorts } }: ContainerInspectInfo): readonly number[] | undefined {
  const ports = Object.keys(ExposedPorts ?? {})
    .flatMap((key) => /^(\d{1,5})\/tcp$/.exec(key)?.[1] ?? [])
    .map(Number);
  return ports.length > 0 ? ports.sort((a, b) => a - b) : undefined;
}

const STATUSES = ['starting', 'healthy', 'unhealthy'] as const;
const SHOWN_OUTPUT = 200;

/** An image without HEALTHCHECK has none, or one of status `none`; some versions write its list of past runs as null. */
function checkOf(health: ContainerInspectInfo['State']['Health']): ImageCheck | undefined {
  const status = STATUSES.find((each) => each === health?.Status);
  if (!health || status === undefined) return undefined;
  const log: readonly CheckRun[] = health.Log ?? [];
  const missed = log.findLast(({ ExitCode }) => ExitCode !== 0);
  return { status, misses: health.FailingStreak, output: missed && describeMiss(missed) };
}

interface CheckRun {
  readonly ExitCode: number;
  readonly Output: string;
}

function describeMiss({ ExitCode, Output }: CheckRun): string {
  const said = lastLine(Output, SHOWN_OUTPUT);
  return `the HEALTHCHECK of its image exited with code ${ExitCode}${said === '' ? '' : `: ${said}`}`;
}

/** Docker writes year 1 for never. */
function time(text: string): EngineTime | undefined {
  const at = Date.parse(text);
  return at > 0 ? engineTime(at) : undefined;
}

/** The network named at creation is the edge. One whose start failed may have no networks: null. */
const edgeOf = ({ HostConfig, NetworkSettings }: ContainerInspectInfo) => {
  const networks: ContainerInspectInfo['NetworkSettings']['Networks'] | null | undefined = NetworkSettings?.Networks;
  return networks?.[HostConfig.NetworkMode ?? ''];
};

/** By name, as asked for. */
function furtherNetworks({ HostConfig, NetworkSettings }: ContainerInspectInfo): ContainerView['networks'] {
  const networks: ContainerInspectInfo['NetworkSettings']['Networks'] | null | undefined = NetworkSettings?.Networks;
  const further = Object.entries(networks ?? {}).filter(([name]) => name !== HostConfig.NetworkMode);
  if (further.length === 0) return undefined;
  return Object.fromEntries(
    further.map(([name, { IPAMConfig, IPAddress }]) => [name, IPAMConfig?.IPv4Address || IPAddress]),
  );
}

/** The address asked for stands there also while the container is stopped. */
function edgeAddress(info: ContainerInspectInfo): string | undefined {
  const edge = edgeOf(info);
  const asked = edge?.IPAMConfig?.IPv4Address;
  return asked || edge?.IPAddress || undefined;
}
