const ROOT = 'it would give the container the rights of root on the machine';
const NAMESPACE = "it would take away the container's isolation from the machine";

/** Keys of other tools that no spec may use here, and why. They are unknown keys anyway; this only makes the answer plain. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ...['privileged', 'cap_add', 'capadd', 'capabilities', 'security_opt', 'securityopt', 'security_context'].map(
    (key) => [key, ROOT] as const,
  ),
  ...[
    'devices',
    'device',
    'device_cgroup_rules',
    'device_requests',
    'gpus',
    'runtime',
    'sysctls',
    'cgroup_parent',
    'credential_spec',
  ].map((key) => [key, ROOT] as const),
  ...[
    'pid',
    'ipc',
    'uts',
    'userns',
    'userns_mode',
    'cgroup',
    'cgroupns',
    'host_pid',
    'host_ipc',
    'host_network',
    'network_mode',
    'net',
  ].map((key) => [key, NAMESPACE] as const),
  ...['volumes_from', 'bind', 'binds', 'mounts', 'host_config', 'hostconfig'].map(
    (key) => [key, 'host paths are given to containers by `volumes` only'] as const,
  ),
]);

/** `pidMode`, `PidMode`, `pid_mode` and `pid` are one key. */
export function whyForbidden(key: string): string | undefined {
  const snake = key
    .replaceAll(/([a-z])([A-Z])/g, '$1_$2')
    .replaceAll('-', '_')
    .toLowerCase();
  return REASONS.get(snake) ?? REASONS.get(snake.replace(/_?mode$/, ''));
}

const SPELLINGS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    environment: 'env',
    healthcheck: 'health',
    cmd: 'command',
    args: 'command',
    container_port: 'port',
    expose: 'port',
    hostname: 'domain',
    host: 'domain',
    hosts: 'domains',
    scale: 'replicas',
    count: 'replicas',
    instances: 'replicas',
    stop_grace_period: 'stop_grace',
    pull_policy: 'pull',
    workdir: 'working_dir',
    mem_limit: 'resources',
    cpus: 'resources',
    limits: 'resources',
    stop_timeout: 'stop_grace',
    env_from: 'env_file',
    retries: 'failures',
    delay: 'min_ready',
  }),
);

/** Our word for a key that other tools call otherwise. */
export const ourWordFor = (key: string): string | undefined => SPELLINGS.get(key.toLowerCase().replaceAll('-', '_'));
