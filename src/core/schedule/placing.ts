import type { ServiceSpec } from '../model/service-spec.ts';
import type { Cluster } from './cluster.ts';
import type { Ledger } from './ledger.ts';
import type { NodeView } from './node-view.ts';
import { createPlacer, type Placement, type Placer } from './place.ts';
import { type ImageOnNodes, wantedOf } from './wanted.ts';

/** Where the next task of a slot goes. Asked again in the same pass it says the same. */
export type Place = (spec: ServiceSpec, slot: number) => Placement;

export interface PlacingInput {
  readonly cluster: Cluster;
  /** What everybody holds; nothing is noted in it. */
  readonly ledger: () => Ledger;
  /** What is known of the image of the spec, if anything is. */
  readonly imageOf?: ((spec: ServiceSpec) => ImageOnNodes | undefined) | undefined;
}

/** For one pass over one service: of its two revisions each has its own wants, and both reckon with what was placed. */
export function createPlacing({ cluster, ledger, imageOf }: PlacingInput): Place {
  const placers = new Map<ServiceSpec, Placer>();
  const placed = new Map<ServiceSpec, Map<number, Placement>>();
  let own: Ledger | undefined;

  const placerFor = (spec: ServiceSpec): Placer => {
    own ??= ledger().fork();
    const placer = placers.get(spec) ?? createPlacer(wantedOf(spec, imageOf?.(spec)), cluster, own);
    placers.set(spec, placer);
    return placer;
  };
  return (spec, slot) => {
    const slots = placed.get(spec) ?? new Map<number, Placement>();
    placed.set(spec, slots);
    const known = slots.get(slot) ?? placerFor(spec)(slot);
    slots.set(slot, known);
    return known;
  };
}

/** A release command has the service's volumes and labels, and neither its ports nor what is reserved for a task; nor is it asked anything. */
export const releaseOf = (spec: ServiceSpec): ServiceSpec => ({ ...spec, reserve: {}, ports: [], domains: [] });

/** Everything on one node; without one, nowhere. */
export function allOn(place: Pick<NodeView, 'id' | 'name'> | undefined): Place {
  const node: NodeView | undefined = place && {
    availability: 'active',
    status: 'ready',
    labels: {},
    ...place,
  };
  return () => (node ? { node, why: '' } : { why: 'there is no node', refused: [] });
}
