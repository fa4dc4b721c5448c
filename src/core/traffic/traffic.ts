import { type Buckets, combine, quantile } from './histogram.ts';

/** What the ingress counted of requests, of one revision or of many. Two of them can be added up: see `sum`. */
export interface Traffic {
  /** By the first digit of the answer's status; at 0 those whose client left before there was one. */
  readonly classes: readonly number[];
  /** By the target's fault: answered 502 or 504 for it, or cut. */
  readonly failed: number;
  /** Answered with 5xx by the app, or failed; each request once. */
  readonly errors: number;
  /** Sum of the times, s. */
  readonly seconds: number;
  /** From a request's head to its answer's, or until it was given up. One time for each request. */
  readonly buckets: Buckets;
}

/** Of one revision of a service. */
export interface RevisionTraffic extends Traffic {
  /** `project/name` */
  readonly service: string;
  /** 0: requests that no task has seen, as none was ready. */
  readonly revision: number;
}

export const CLASSES = 6;

export const NO_TRAFFIC: Traffic = {
  classes: new Array(CLASSES).fill(0),
  failed: 0,
  errors: 0,
  seconds: 0,
  buckets: [],
};

export const sum = (a: Traffic, b: Traffic): Traffic => combined(a, b, 1);

/** What came since `before`; undefined where something was more then: it was not the same counter. */
export function since(before: Traffic, now: Traffic): Traffic | undefined {
  const grown = combined(now, before, -1);
  const { classes, failed, errors, buckets } = grown;
  return [...classes, failed, errors, ...buckets].some((count) => count < 0) ? undefined : grown;
}

export const requestsOf = ({ classes }: Traffic): number => classes.reduce((all, count) => all + count, 0);

/** What a person decides by. */
export interface TrafficSummary {
  readonly requests: number;
  readonly errors: number;
  /** Of all requests, 0 to 1; undefined without any. */
  readonly errorShare: number | undefined;
  /** Ms. */
  readonly p50: number | undefined;
  readonly p99: number | undefined;
}

export function summarize(traffic: Traffic): TrafficSummary {
  const requests = requestsOf(traffic);
  const { errors, buckets } = traffic;
  const errorShare = requests === 0 ? undefined : errors / requests;
  return { requests, errors, errorShare, p50: quantile(buckets, 0.5), p99: quantile(buckets, 0.99) };
}

const combined = (a: Traffic, b: Traffic, sign: 1 | -1): Traffic => ({
  classes: a.classes.map((count, at) => count + sign * (b.classes[at] ?? 0)),
  failed: a.failed + sign * b.failed,
  errors: a.errors + sign * b.errors,
  seconds: Math.max(0, a.seconds + sign * b.seconds),
  buckets: combine(a.buckets, b.buckets, sign),
});
