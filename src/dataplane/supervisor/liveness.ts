/**
 * Tells which worker of a data plane hangs: one that owes an answer for too long. It has no clock; whoever keeps it calls
 * `beat` every so often, and only a beat that came in time counts, so that workers are not blamed for what passed while the
 * keeper itself, or the whole machine, was stopped.
 */
export interface Liveness {
  /** A worker was started: it owes its first word. */
  begin(worker: number): void;
  /** It was sent something that it has to answer. */
  asked(worker: number): void;
  answered(worker: number): void;
  /** It said something: it need not be asked whether it is there. */
  heard(worker: number): void;
  /** @param now of a clock that is never set, ms */
  beat(now: number): Verdict;
  killed(worker: number): void;
  /** It has ended. */
  end(worker: number): void;
}

export interface Verdict {
  /** Silent, and owing nothing: to be asked now whether they are there. They count as asked. */
  readonly ask: readonly number[];
  /** The one to be killed. Never another one before that is gone, and its successor has said a word or hangs as well. */
  readonly hung: number | undefined;
}

interface Watched {
  readonly id: number;
  /** Messages not answered. */
  readonly owed: number;
  /** Whole times from beat to beat in which it owed an answer and gave none. */
  readonly silent: number;
  /** Owed something at the last beat, and has answered nothing since. */
  readonly owing: boolean;
  /** Since the last beat. */
  readonly heard: boolean;
  /** Has not said a word yet. */
  readonly isNew: boolean;
  readonly killed: boolean;
}

/** Of silence, until a worker counts as hung. */
export const PATIENT_BEATS = 2;
/** As many times as long for the first word: on a machine that has just booted, to load takes a while. */
const PATIENCE_TO_LOAD = 3;
/** A beat that comes later than this many times `every` does not count. */
const LATE = 2;

/** @param every when `beat` is called, ms */
export function createLiveness(every: number): Liveness {
  const workers = new Map<number, Watched>();
  let last = Number.NEGATIVE_INFINITY;

  const change = (id: number, next: (worker: Watched) => Partial<Watched>): void => {
    const worker = workers.get(id);
    if (worker) workers.set(id, { ...worker, ...next(worker) });
  };

  return {
    begin(id) {
      workers.set(id, { id, owed: 1, silent: 0, owing: false, heard: false, isNew: true, killed: false });
    },
    asked: (id) => change(id, ({ owed }) => ({ owed: owed + 1 })),
    answered: (id) => change(id, afterAnswer),
    heard: (id) => change(id, () => ({ heard: true })),
    killed: (id) => change(id, () => ({ killed: true })),
    end(id) {
      workers.delete(id);
    },
    beat(now) {
      const inTime = now - last <= every * LATE;
      last = now;
      const ask = [...workers.values()].filter(({ owed, heard }) => owed === 0 && !heard).map(({ id }) => id);
      for (const id of ask) change(id, () => ({ owed: 1 }));
      for (const id of workers.keys()) change(id, (worker) => afterBeat(worker, inTime));
      return { ask, hung: findHung([...workers.values()]) };
    },
  };
}

const afterBeat = ({ owed, owing, silent }: Watched, inTime: boolean): Partial<Watched> => ({
  silent: owing && inTime ? silent + 1 : silent,
  owing: owed > 0,
  heard: false,
});

/** An answer is a sign of life: if more is owed, the time for that begins anew. */
const afterAnswer = ({ owed }: Watched): Partial<Watched> => ({
  owed: Math.max(0, owed - 1),
  silent: 0,
  owing: false,
  heard: true,
  isNew: false,
});

function findHung(all: readonly Watched[]): number | undefined {
  const hung = all.filter(isHung);
  if (all.some((worker) => worker.killed || (worker.isNew && !isHung(worker)))) return undefined;
  return hung.sort((a, b) => b.silent - a.silent || a.id - b.id)[0]?.id;
}

const isHung = ({ silent, isNew, killed }: Watched): boolean =>
  !killed && silent >= PATIENT_BEATS * (isNew ? PATIENCE_TO_LOAD : 1);
