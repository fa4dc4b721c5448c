import { metrics } from '../../contract/metrics.ts';
import type { TrafficBook } from '../../controllers/ingress/traffic.ts';
import { NO_TRAFFIC } from '../../core/traffic/traffic.ts';
import { type Caller, reaches } from '../../identity/authenticate.ts';
import { EXPOSITION, expose, type Sample } from '../../telemetry/exposition.ts';
import { CATALOGUE, type Definition, type MetricName } from '../metrics/catalogue.ts';
import { revisionSamples, sumSamples } from '../metrics/ingress.ts';
import { NONE_OF_EACH } from '../metrics/none-of-each.ts';
import { processSamples } from '../metrics/process.ts';
import { flag, type Samples, sample, summedUp } from '../metrics/samples.ts';
import { serviceSamples } from '../metrics/services.ts';
import { webhookSamples } from '../metrics/webhooks.ts';
import { allDeployments, type ReadOptions, readServices } from '../observing/read-services.ts';
import { createRemembered } from '../observing/remembered.ts';
import { ANYONE, type Route, route } from '../route.ts';

export interface MetricsRoutesOptions extends ReadOptions {
  readonly version: string;
  readonly traffic?: TrafficBook | undefined;
}

/** Whoever asks without a token asks for the same: it is made once a second at most. */
const SUMS_FOR = 1000;

export function metricsRoutes(options: MetricsRoutesOptions): readonly Route[] {
  const sums = createRemembered(
    () => readSums(options),
    SUMS_FOR,
    () => performance.now(),
  );
  return [
    route(metrics, async ({ caller }) => {
      const samples = caller === ANYONE ? await sums() : await readFor(options, caller);
      return { status: 200, type: EXPOSITION, text: expose(familiesOf(samples)) };
    }),
  ];
}

/** Nothing in it names a service. */
async function readSums(options: MetricsRoutesOptions): Promise<Samples> {
  const services = await readStored(options, () => true);
  const names = Object.keys(NONE_OF_EACH) as MetricName[];
  const summed = names.map((name) => [name, summedUp([...(NONE_OF_EACH[name] ?? []), ...(services[name] ?? [])])]);
  return {
    ...clusterSamples(options),
    ...Object.fromEntries(summed),
    ...sumSamples(options.traffic?.sum() ?? NO_TRAFFIC),
  };
}

async function readFor(options: MetricsRoutesOptions, caller: Caller): Promise<Samples> {
  const sees = (project: string) => reaches(caller, project);
  const counted = options.traffic?.totals() ?? [];
  return {
    ...(caller.projects ? {} : { ...clusterSamples(options), ...processSamples() }),
    ...(await readStored(options, sees)),
    ...revisionSamples(counted.filter(({ service }) => sees(service.slice(0, service.indexOf('/'))))),
  };
}

async function readStored(options: ReadOptions, sees: (project: string) => boolean): Promise<Samples> {
  const { records } = await options.state.services.listReadable();
  const services = records.map(({ value }) => value).filter(({ project }) => sees(project));
  const deployments = (await allDeployments(options.state)).filter(({ project }) => sees(project));
  return {
    ...serviceSamples(await readServices(options, services, deployments), deployments),
    ...(await webhookSamples(options.state, sees)),
  };
}

const clusterSamples = ({ version, world }: MetricsRoutesOptions): Samples => ({
  orca_build_info: [sample(1, { version })],
  orca_engine_up: [flag(world.nodes().every((node) => world.engineDown(node) === undefined))],
  orca_dataplane_workers: [sample(world.workers()?.length ?? 0)],
});

function familiesOf(samples: Samples) {
  const definitions: readonly (readonly [string, Definition])[] = Object.entries(CATALOGUE);
  return definitions.map(([name, { type, help }]) => {
    const of: readonly Sample[] = samples[name as MetricName] ?? [];
    return { name, type, help, samples: of };
  });
}
