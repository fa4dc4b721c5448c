import { API_POOL } from '../../core/route/api-route.ts';
import { countBelow, countOf } from '../../core/traffic/histogram.ts';
import type { RevisionTraffic, Traffic } from '../../core/traffic/traffic.ts';
import type { Labels, Sample } from '../../telemetry/exposition.ts';
import { type Samples, sample } from './samples.ts';

/** From a thousandth of a second to 64 s: powers of two, which are exact in what the data plane tells. */
const POWERS = Array.from({ length: 17 }, (_, at) => at - 10);

const CLASS_NAMES = ['none', '1xx', '2xx', '3xx', '4xx', '5xx'];

/** What the data plane counted of revisions. Classes that never came are left out; orca's own API is no service. */
export const revisionSamples = (all: readonly RevisionTraffic[]): Samples =>
  ingressSamples(
    all.filter(({ service }) => service !== API_POOL).map((traffic) => ({ traffic, labels: labelsOf(traffic) })),
    false,
  );

/** Of all together, with every class. */
export const sumSamples = (traffic: Traffic): Samples => ingressSamples([{ traffic, labels: {} }], true);

interface Labelled {
  readonly traffic: Traffic;
  readonly labels: Labels;
}

const ingressSamples = (all: readonly Labelled[], everyClass: boolean): Samples => ({
  orca_ingress_requests_total: all.flatMap(({ traffic, labels }) =>
    traffic.classes.flatMap((count, at) =>
      count > 0 || everyClass ? [sample(count, { class: CLASS_NAMES[at] ?? '', ...labels })] : [],
    ),
  ),
  orca_ingress_failed_requests_total: all.map(({ traffic, labels }) => sample(traffic.failed, labels)),
  orca_ingress_request_duration_seconds: all.flatMap(histogram),
});

function histogram({ traffic: { buckets, seconds }, labels }: Labelled): readonly Sample[] {
  const part = (suffix: string, value: number, more: Labels = {}): Sample => ({
    suffix,
    labels: { ...labels, ...more },
    value,
  });
  const count = countOf(buckets);
  return [
    ...POWERS.map((power) => part('_bucket', countBelow(buckets, power), { le: String(2 ** power) })),
    part('_bucket', count, { le: '+Inf' }),
    part('_sum', seconds),
    part('_count', count),
  ];
}

function labelsOf({ service, revision }: RevisionTraffic): Labels {
  const [project = '', name = ''] = service.split('/');
  return { project, service: name, revision: revision === 0 ? 'none' : String(revision) };
}
