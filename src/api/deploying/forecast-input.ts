import type { Seats } from '../../controllers/placing/read-room.ts';
import type { ForecastInput, Where } from '../../core/rollout/forecast.ts';
import { createPlacing, type Place } from '../../core/schedule/placing.ts';
import { seatsOf } from '../../core/schedule/seats.ts';
import type { Rollout } from './plan-canary.ts';
import type { Standing } from './standing.ts';

/** What the rollout that was decided on begins with. */
export function forecastInput(standing: Standing, { service, revision: to, deployment }: Rollout): ForecastInput {
  const { replicas } = service;
  return {
    service: standing.service?.value,
    from: standing.revisions.find(({ number }) => number === deployment.from),
    to,
    replicas,
    tasks: standing.tasks,
    deployment,
    where: foreseenPlaces(standing, { to, replicas }),
  };
}

/** Where tasks would go as it proceeds; undefined while no node is known. */
function foreseenPlaces(
  { room, revisions }: Standing,
  { to, replicas }: Pick<ForecastInput, 'to' | 'replicas'>,
): Where | undefined {
  const { cluster } = room;
  if (cluster.nodes.length === 0) return undefined;
  const specs = new Map([...revisions, to].map(({ number, spec }) => [number, spec]));
  const service = { replicas, paused: false, removing: false };
  return {
    nodes: cluster.nodes.filter(({ availability }) => availability === 'active'),
    homes: new Map(cluster.nodes.map((node) => [node.id, { ...node, isDown: false }])),
    place: (tasks) => {
      const among = ({ cluster: nodes, ledger }: Seats): Place =>
        createPlacing({
          cluster: nodes,
          ledger: () => {
            const own = ledger.fork();
            for (const seat of seatsOf({ service, tasks, specOf: (number) => specs.get(number) }, 0)) own.add(seat);
            return own;
          },
        });
      return orLater(among(room.now), among(room));
    },
  };
}

/** Where no node takes a task now, it waits for one that will. */
function orLater(now: Place, later: Place): Place {
  return (spec, slot) => {
    const at = now(spec, slot);
    if (at.node) return at;
    const { node } = later(spec, slot);
    return node ? { node, why: `it waits, as no node takes it now: ${at.why}` } : at;
  };
}
