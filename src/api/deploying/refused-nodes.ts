import type { PlannedService } from '../../contract/plan.ts';
import type { Seats } from '../../controllers/placing/read-room.ts';
import { type ServiceKey, serviceKey } from '../../core/model/service.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import { refusalOf } from '../../core/schedule/filters/all.ts';
import { misfit } from '../../core/schedule/misfit.ts';
import { wantedOf } from '../../core/schedule/wanted.ts';

/** More are told in the words of a service that fits nowhere. */
const MOST = 100;

/**
 * Nodes that would not take a task of the service as they are now, each with its reason; not those that have one, or get one.
 *
 * @param chosen ids
 */
export function refusedNodes(
  { cluster, ledger }: Seats,
  spec: ServiceSpec,
  chosen: ReadonlySet<string>,
): PlannedService['refused'] {
  const wanted = wantedOf(spec);
  const service: ServiceKey = serviceKey(spec.project, spec.name);
  const has = ledger.ofService(service);
  return cluster.nodes
    .filter(({ id }) => !chosen.has(id) && !has.has(id))
    .flatMap((node) => {
      const why = misfit(spec.placement, node) ?? refusalOf({ wanted, cluster, ledger, slot: 1 }, node)?.why;
      return why === undefined ? [] : [{ node: node.name, why }];
    })
    .slice(0, MOST);
}
