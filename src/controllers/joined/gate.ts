import { OrcaError } from '../../core/errors.ts';
import type { Log } from '../../telemetry/log.ts';
import type { NodePort } from '../../tunnel/node-port-options.ts';

export interface GateOptions {
  readonly listen: { readonly host: string; readonly port: number } | 'off';
  readonly createPort: () => NodePort;
  readonly log: Log;
}

/** Keeps the node port open while somebody may come in by it, and closed otherwise. */
export interface Gate {
  /** Opens or closes it; safe to repeat, and repeated while it cannot be opened. */
  want(isWanted: boolean): Promise<void>;
  open(): NodePort | undefined;
  /** Where it listens; undefined while it does not. */
  port(): number | undefined;
  /** Why it does not listen though it is wanted, as a sentence. */
  problem(): string | undefined;
}

export function createGate({ listen, createPort, log }: GateOptions): Gate {
  let current: { readonly nodePort: NodePort; readonly port: number } | undefined;
  let problem: string | undefined;

  const fail = (why: string) => {
    if (problem !== why) log.error({ listen }, why);
    problem = why;
  };

  const open = async () => {
    if (listen === 'off') return fail('no node can connect: nodes.listen is off');
    const nodePort = createPort();
    try {
      const port = await nodePort.listen(listen);
      current = { nodePort, port };
      problem = undefined;
      log.info({ host: listen.host, port }, 'the node port is open');
    } catch (error) {
      await nodePort.close().catch(() => undefined);
      if (!(error instanceof OrcaError)) throw error;
      fail(error.message);
    }
  };

  return {
    async want(isWanted) {
      if (isWanted && !current) await open();
      if (isWanted) return;
      problem = undefined;
      const closing = current;
      current = undefined;
      if (closing) log.info({ port: closing.port }, 'the node port is closed');
      await closing?.nodePort.close();
    },
    open: () => current?.nodePort,
    port: () => current?.port,
    problem: () => problem,
  };
}
