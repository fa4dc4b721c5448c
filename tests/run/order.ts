/**
 * What takes longest, the longest first. A run tells its slow files at its end: that is where the list comes from. One that is
 * missing costs no more than some seconds in which the other lanes have nothing to do.
 */
export const LONG: readonly string[] = [
  'tests/e2e/system/shop-attack.test.ts',
  'tests/e2e/nodes/services.test.ts',
  'tests/e2e/system/under-load.test.ts',
  'tests/e2e/nodes/join.test.ts',
  'tests/e2e/demo.test.ts',
  'tests/e2e/system/release.test.ts',
  'tests/e2e/system/names.test.ts',
  'tests/e2e/system/volumes.test.ts',
  'tests/e2e/system/rollback.test.ts',
  'tests/contract/store/mirror.test.ts',
  'tests/e2e/system/canary.test.ts',
  'tests/e2e/nodes/drain.test.ts',
  'tests/e2e/nodes/agent.test.ts',
  'tests/e2e/system/blue-green.test.ts',
  'tests/cluster/killed.test.ts',
  'tests/e2e/system/faults.test.ts',
  'tests/e2e/system/internal.test.ts',
  'tests/e2e/system/stuck-container.test.ts',
  'tests/e2e/system/bad-images.test.ts',
  'tests/e2e/nodes/certificates.test.ts',
  'tests/e2e/nodes/relay.test.ts',
  'tests/e2e/system/secrets.test.ts',
  'tests/contract/store/sqlite-power.test.ts',
  'tests/e2e/system/exec.test.ts',
  'tests/e2e/system/depends-on.test.ts',
  'tests/e2e/system/files.test.ts',
  'tests/e2e/system/killed-server.test.ts',
  'tests/e2e/system/documents.test.ts',
  'tests/e2e/system/disk-for-images.test.ts',
  'tests/e2e/system/moves.test.ts',
  'tests/e2e/nodes/plane.test.ts',
  'tests/e2e/server.test.ts',
  'tests/e2e/system/health.test.ts',
  'tests/e2e/system/run.test.ts',
  'tests/e2e/own-socket.test.ts',
  'tests/e2e/dataplane/hostile-worker.test.ts',
  'tests/e2e/dataplane/shares.test.ts',
  'tests/e2e/dataplane/life.test.ts',
  'tests/e2e/dataplane/hung.test.ts',
  'tests/contract/store/sqlite-crash.test.ts',
  'tests/contract/cli-api.test.ts',
  'tests/contract/store/sqlite.test.ts',
  'tests/e2e/system/no-events.test.ts',
  'tests/unit/core/rollout/plan-service.property.test.ts',
  'tests/unit/api/fuzz/fuzz.test.ts',
  'tests/cluster/troubles.test.ts',
  'tests/unit/core/rollout/blue-green.property.test.ts',
  'tests/unit/core/rollout/canary.property.test.ts',
  'tests/unit/api/crowds.test.ts',
];

export const isLong = (file: string): boolean => LONG.includes(file);

/** The long ones in their order, then all others by name. */
export function longestFirst(files: readonly string[]): readonly string[] {
  const rank = (file: string): number => (isLong(file) ? LONG.indexOf(file) : LONG.length);
  return files.toSorted((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1));
}

/** Unit tests compute; the others mostly wait, for containers and for what is watched for a while. */
const COMPUTES = /^tests\/(unit|cluster)\//;

/**
 * Those that compute, spread evenly over those that wait: what runs at the same time is then some of both, and keeps the cores
 * busy. Both stay in their order.
 *
 * @param fileOf what the kind of one is seen by
 */
export function spread<T>(all: readonly T[], fileOf: (one: T) => string): readonly T[] {
  const { computing = [], waiting = [] } = Object.groupBy(all, (one) =>
    COMPUTES.test(fileOf(one)) ? 'computing' : 'waiting',
  );
  const share = computing.length / Math.max(1, waiting.length);
  const upTo = (count: number): number => Math.round(count * share);
  return waiting.length === 0
    ? computing
    : waiting.flatMap((one, at) => [one, ...computing.slice(upTo(at), upTo(at + 1))]);
}
