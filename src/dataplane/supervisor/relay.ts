import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import type { FromDataPlane, Unreached } from '../../core/route/protocol.ts';
import { newPrivateKey } from '../../identity/certificates/key.ts';
import type { Log } from '../../telemetry/log.ts';
import type { RelayIdentity } from '../proxy/relay/identity.ts';
import type { FromWorker, ToWorker } from '../worker/messages.ts';

type RelayWord = Extract<FromWorker, { type: 'relay' | 'reach' | 'carry' }>;

/** The supervisor's part in what goes from node to node: it has the key, and says how workers fare. */
export interface Relay {
  /** SPKI, PEM: a master signs it. */
  readonly publicKey: string;
  /** Undefined until a master has. */
  identity(): RelayIdentity | undefined;
  /** Of the master's. One that does not fit the key is logged, and nothing changes. */
  certify(certificate: string, ca: readonly string[]): void;
  heard(worker: number, word: RelayWord): void;
  died(worker: number): void;
  report(): Extract<FromDataPlane, { type: 'relay' }>;
}

interface Options {
  readonly broadcast: (message: ToWorker) => void;
  /** The report is another one. */
  readonly onChange: () => void;
  readonly log: Log;
}

interface WorkerView {
  problem?: string | undefined;
  /** It was logged once that it cannot listen for services of other nodes. */
  toldCarry?: true | undefined;
  readonly unreached: Map<string, Unreached>;
}

/** The key is in memory only, here and in the workers, and another one after each start. */
export function createRelay({ broadcast, onChange, log }: Options): Relay {
  const key = newPrivateKey();
  const publicKey = createPublicKey(createPrivateKey(key)).export({ type: 'spki', format: 'pem' }).toString();
  const views = new Map<number, WorkerView>();
  let identity: RelayIdentity | undefined;

  const viewOf = (worker: number): WorkerView => {
    const view = views.get(worker) ?? { unreached: new Map() };
    views.set(worker, view);
    return view;
  };

  /** What the machine lacks for it whoever looks after the machine tells its master. */
  const tellCarry = (worker: number, view: WorkerView, reason: string | undefined): void => {
    if (reason === undefined || view.toldCarry) return;
    view.toldCarry = true;
    log.warn({ worker, reason }, 'connections to a service of other nodes cannot be taken yet');
  };

  return {
    publicKey,
    identity: () => identity,

    certify(certificate, ca) {
      const problem = misfit(certificate, key);
      if (problem !== undefined) {
        log.error({ reason: problem }, 'a certificate for requests from node to node was not taken');
        return;
      }
      identity = { key, certificate, ca };
      broadcast({ type: 'relay', identity });
    },

    heard(worker, word) {
      const view = viewOf(worker);
      if (word.type === 'carry') return tellCarry(worker, view, word.error);
      if (word.type === 'relay') view.problem = word.error;
      else if (word.error === undefined) view.unreached.delete(word.node);
      else view.unreached.set(word.node, unreachedOf(word.node, word.error, word.through));
      onChange();
    },

    died(worker) {
      if (views.delete(worker)) onChange();
    },

    report() {
      const all = [...views.values()];
      const problem = all.find((view) => view.problem !== undefined)?.problem;
      // Of two that see it differently, the one that fares worse.
      const told = all.flatMap((view) => [...view.unreached.values()]).sort((a, b) => rank(b) - rank(a));
      const unreached = new Map(told.map((one) => [one.node, one]));
      return { type: 'relay', ...(problem !== undefined && { problem }), unreached: [...unreached.values()] };
    },
  };
}

const unreachedOf = (node: string, error: string, through: Unreached['through']): Unreached => ({
  node,
  error,
  ...(through && { through }),
});

/** The less, the worse. */
const rank = ({ through }: Unreached): number => (through && through.error === undefined ? 1 : 0);

function misfit(certificate: string, key: string): string | undefined {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
      ? undefined
      : 'it is for another key';
  } catch (error) {
    return (error as Error).message;
  }
}
