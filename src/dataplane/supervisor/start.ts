import type { Table } from '../../core/route/table.ts';
import type { Log } from '../../telemetry/log.ts';
import type { PATIENCE } from '../config.ts';
import type { Prober } from './prober.ts';
import type { TableFile } from './table-file.ts';

/**
 * When a data plane begins to serve, on which table, and whom it obeys.
 * It serves the table that a master sends; the last one it had only if no master comes, or one comes and sends none.
 * In both cases its targets are probed first, so that the first request finds them.
 */
export interface Start {
  begin(): void;
  /** Why a master is refused, or undefined. */
  admit(cluster: string, term: number): string | undefined;
  masterCame(): void;
  tableCame(): void;
  /** The prober has learnt something. */
  probed(): void;
  /** Workers may be given the table. */
  open(): boolean;
  cancel(): void;
}

interface Options {
  readonly file: TableFile;
  readonly patience: { readonly [K in keyof typeof PATIENCE]: number };
  readonly log: Log;
  readonly prober: Prober;
  readonly onTable: (table: Table) => void;
  readonly share: () => void;
  readonly acceptWithout: () => void;
  readonly masters: () => number;
}

export function createStart({ file, patience, log, prober, onTable, share, acceptWithout, masters }: Options): Start {
  let kept: Table | undefined;
  /** The highest term seen, and its cluster: fixed by the first master, or by serving the table from disk. */
  let ruler: { readonly cluster: string; readonly term: number } | undefined;
  let phase: 'waiting' | 'probing' | 'open' = 'waiting';
  let timer: NodeJS.Timeout | undefined;

  const wait = (delay: number, act: () => void): void => {
    clearTimeout(timer);
    timer = setTimeout(act, delay);
  };

  const fallBack = () => {
    if (phase !== 'waiting') return;
    if (!kept) {
      log.warn({ masters: masters() }, 'no table has come and there is none on disk: connections are accepted without');
      return acceptWithout();
    }
    log.warn({ table: kept.id, masters: masters() }, 'no table has come: the last one is served');
    ruler = kept.id;
    onTable(kept);
  };

  const openUp = (): void => {
    if (phase === 'open') return;
    phase = 'open';
    clearTimeout(timer);
    share();
  };

  return {
    begin() {
      const found = file.read();
      if (typeof found === 'string') log.error({ reason: found }, 'the last table is ignored');
      else kept = found;
      wait(patience.alone, fallBack);
    },

    admit(cluster, term) {
      const known = ruler ?? kept?.id;
      if (ruler && ruler.cluster !== cluster) {
        return `this data plane serves the cluster "${ruler.cluster}", not "${cluster}"; stop it first`;
      }
      if (known?.cluster === cluster && term < known.term) {
        return `this data plane has seen a master of term ${known.term}, and you are of term ${term}`;
      }
      ruler = { cluster, term };
      if (kept && kept.id.cluster !== cluster) kept = undefined;
      return undefined;
    },

    masterCame() {
      if (phase === 'waiting') wait(patience.withMaster, fallBack);
    },

    tableCame() {
      if (phase !== 'waiting') return;
      phase = 'probing';
      wait(patience.probing, openUp);
      if (prober.settled()) openUp();
    },

    probed() {
      if (phase === 'probing' && prober.settled()) openUp();
    },

    open: () => phase === 'open',
    cancel: () => clearTimeout(timer),
  };
}
