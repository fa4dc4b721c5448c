import type { ServiceSpec } from '../model/service-spec.ts';
import type { Task } from '../model/task.ts';

/** How long a slot that cannot run twice does not serve while its task is replaced. */
export interface Away {
  /** Ms. */
  readonly ms: number;
  /** It is what the last start took; else a guess, as none was seen, or only the first one on a volume. */
  readonly isSeen: boolean;
}

/** From the assignment of a container until it is ready, when nobody has seen one of the service start. An estimate, ms. */
const STARTS_IN = 1_000;
/** More than that where a command says so: each run is a process, two in a row must pass, and a database is not there at once. */
const COMMAND_TAKES = 1_000;
const STOPS_IN = 500;
/** The first start of all on a volume makes its files, as databases do: later ones are several times as quick. */
const FIRST_TAKES = 3;
/** That every worker has left the old task out, and that one pass of the planner follows the other. */
const SWITCHES_IN = 300;
/** Docker's own, beside the time that the container is given to stop. */
const KILLS_IN = 1_000;

/**
 * What the last stop of a task of the service took, and the last start of one until it was ready and routed. No more than each may
 * take: the master may have been away meanwhile.
 *
 * @param from the revision that runs, `to` the one that is to
 */
export function awayFor(tasks: readonly Task[], { from, to }: { from?: Runs | undefined; to: Runs }): Away {
  const own = tasks.filter(({ release }) => release === undefined);
  const { deploy, stopGrace } = to.spec;
  const stop = between(lastStopped(own), 0, stopGrace + KILLS_IN) ?? STOPS_IN;
  const started = lastStarted(own);
  const waited = from && started?.revision === from.number ? from.spec.deploy.minReady : deploy.minReady;
  const seen = between(started, waited, deploy.deadline);
  const isSeen = seen !== undefined && !(writes(to.spec) && isFirst(started, own));
  const start = isSeen ? seen : Math.max(assumedStart(to.spec), (seen ?? 0) / FIRST_TAKES);
  return { ms: Math.round(stop + SWITCHES_IN + start + deploy.minReady), isSeen };
}

interface Runs {
  readonly number: number;
  readonly spec: ServiceSpec;
}

interface Span {
  readonly since: number;
  readonly until: number;
  readonly revision: number;
}

function lastStarted(tasks: readonly Task[]): Span | undefined {
  const spans = tasks.flatMap(({ assignedAt: since, firstRoutedAt: until, revision }) =>
    until === undefined ? [] : [{ since, until, revision }],
  );
  return newest(spans);
}

function lastStopped(tasks: readonly Task[]): Span | undefined {
  const spans = tasks.flatMap(({ stoppingSince: since, end, revision }) =>
    since === undefined || !end ? [] : [{ since, until: end.at, revision }],
  );
  return newest(spans);
}

/** Of the first revision, and nothing was there before it. */
const isFirst = (started: Span | undefined, tasks: readonly Task[]): boolean =>
  started?.revision === 1 && tasks.every(({ assignedAt }) => assignedAt >= started.since);

const writes = ({ volumes, hostPaths }: ServiceSpec): boolean =>
  [...volumes, ...hostPaths].some(({ readOnly }) => !readOnly);

const newest = (spans: readonly Span[]): Span | undefined => spans.toSorted((a, b) => a.until - b.until).at(-1);

/** Less what was waited on purpose; undefined if it is not known, or the clock was set back meanwhile. */
function between(span: Span | undefined, waited: number, most: number): number | undefined {
  if (!span || span.until < span.since) return undefined;
  return Math.min(Math.max(0, span.until - span.since - waited), most);
}

const assumedStart = ({ health }: ServiceSpec): number => STARTS_IN + (health?.command ? COMMAND_TAKES : 0);
