import { type CertificateSet, isCertificateSet, NO_CERTIFICATES } from '../../core/route/certificates.ts';
import type { CertificatesInUse, FromDataPlane } from '../../core/route/protocol.ts';
import type { Log } from '../../telemetry/log.ts';
import type { FromWorker, ToWorker } from '../worker/messages.ts';
import { createKeptFile } from './kept-file.ts';

type Word = Extract<FromWorker, { type: 'certificates' }>;

/**
 * The supervisor's part in TLS: it has the certificates and their keys, gives them to its workers, and keeps the last ones for
 * when it begins while no master is there.
 */
export interface Certificates {
  /** Takes up the last ones. After the drop of privileges, and before workers are told anything. */
  begin(): void;
  /** What a worker is to use. */
  current(): CertificateSet;
  /** From a master. The same again is acknowledged again. */
  use(set: CertificateSet): void;
  heard(worker: number, word: Word): void;
  died(worker: number): void;
  report(): Extract<FromDataPlane, { type: 'certificates' }>;
}

interface Options {
  readonly path: string;
  readonly broadcast: (message: ToWorker) => void;
  /** Ids of the workers that take requests. */
  readonly workers: () => readonly number[];
  /** The report is another one. */
  readonly onChange: () => void;
  readonly log: Log;
}

/** Of problems that are told. */
const MOST_TOLD = 20;

/**
 * The file is the supervisor's own user's, mode 0600, in a folder of mode 0700: workers, which parse strangers' bytes, have
 * another user. Sealed it would need a key that lies beside it, as nobody is there to ask when a machine starts without its
 * master: whoever reads the one could read the other.
 */
export function createCertificates({ path, broadcast, workers, onChange, log }: Options): Certificates {
  const file = createKeptFile({
    path,
    what: 'the last set of certificates',
    from: (written) => (isCertificateSet(written) ? written : undefined),
    to: (set: CertificateSet) => ({ ...set, challenges: NO_CERTIFICATES.challenges }), // They are over by then.
  });
  const views = new Map<number, CertificatesInUse>();
  let set = NO_CERTIFICATES;

  return {
    begin() {
      const found = file.read();
      if (typeof found === 'string') log.error({ reason: found }, 'the last set of certificates is ignored');
      else set = found ?? set;
    },

    current: () => set,

    use(given) {
      const isNew = given.id !== set.id;
      set = given;
      broadcast({ type: 'certificates', set });
      if (isNew) file.save(given).catch((err) => log.error({ err }, 'the certificates could not be kept on disk'));
      onChange();
    },

    heard(worker, { id, problems }) {
      views.set(worker, { id, problems });
      onChange();
    },

    died(worker) {
      if (views.delete(worker)) onChange();
    },

    report() {
      const all = workers().map((id) => views.get(id));
      const isInUse = all.length > 0 && all.every((view) => view?.id === set.id);
      const problems = new Set(all.flatMap((view) => view?.problems ?? []));
      return { type: 'certificates', id: isInUse ? set.id : null, problems: [...problems].slice(0, MOST_TOLD) };
    },
  };
}
