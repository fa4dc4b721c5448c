import { OrcaError } from '../../core/errors.ts';
import type { Node } from '../../core/model/node.ts';
import type { Engine } from '../../engine/engine.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Wire } from '../../tunnel/wire.ts';

/** Runs one container on a node that has just joined, and tells the node what came of it: `orca join` waits for that. */
export async function tryOut(
  wire: Pick<Wire, 'tellCheck'>,
  engine: Pick<Engine, 'tryContainer'>,
  { node, log }: { readonly node: Node; readonly log: Log },
): Promise<void> {
  try {
    await engine.tryContainer();
  } catch (error) {
    if (!(error instanceof OrcaError)) throw error;
    log.warn({ node: node.name, problem: error.message }, 'no container could be run on a new node');
    return wire.tellCheck({ problem: error.message });
  }
  log.info({ node: node.name }, 'a container ran and answered on a new node');
  await wire.tellCheck({});
}
