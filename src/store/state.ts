import type { Deployment } from '../core/model/deployment.ts';
import type { DecisionEvent } from '../core/model/event.ts';
import type { Node } from '../core/model/node.ts';
import type { Revision } from '../core/model/revision.ts';
import type { Service } from '../core/model/service.ts';
import type { Task } from '../core/model/task.ts';
import type { TokenRecord } from '../core/model/token.ts';
import { type Collection, collection } from './collection.ts';
import type { Op, Store } from './contract.ts';

/** The typed collections over a store: every key orca writes is named here. */
export interface State {
  readonly store: Store;
  /** services/{project}/{name} */
  readonly services: Collection<Service>;
  /** revisions/{project}/{service}/{number} */
  readonly revisions: Collection<Revision>;
  /** deployments/{id} */
  readonly deployments: Collection<Deployment>;
  /** tasks/{project}/{service}/{id}; ended ones are kept as facts, the last few of each slot */
  readonly tasks: Collection<Task>;
  /** nodes/{name} */
  readonly nodes: Collection<Node>;
  /** tokens/{id} */
  readonly tokens: Collection<TokenRecord>;
  /** cluster/{name}: single values such as the cluster's id, the term, the last deployment id */
  readonly cluster: Collection<ClusterValue>;
  /** The decision log: one put under events/, its key made from the time and the name so that it sorts. */
  event(event: DecisionEvent): Op;
}

export interface ClusterValue {
  readonly name: 'identity' | 'term' | 'deployment';
  readonly id?: string | undefined;
  readonly number?: number | undefined;
}

export const EVENTS_PREFIX = 'events/';

/** What controllers read in every pass, and what stays small: held in memory. Revisions are many, and each is read once. */
export const READ_OFTEN: readonly string[] = ['cluster/', 'deployments/', 'nodes/', 'services/', 'tasks/', 'tokens/'];

export function createState(store: Store): State {
  let sequence = 0;
  return {
    store,
    services: collection(store, 'services', (service) => [service.project, service.name]),
    revisions: collection(store, 'revisions', (revision) => [revision.project, revision.service, revision.number]),
    deployments: collection(store, 'deployments', (deployment) => [deployment.id]),
    tasks: collection(store, 'tasks', (task) => [task.project, task.service, task.id]),
    nodes: collection(store, 'nodes', (node) => [node.name]),
    tokens: collection(store, 'tokens', (token) => [token.id]),
    cluster: collection(store, 'cluster', (value) => [value.name]),
    event: (event) => {
      sequence += 1;
      const place = `${String(event.at).padStart(15, '0')}-${String(sequence).padStart(9, '0')}-${event.name}`;
      return { put: `${EVENTS_PREFIX}${place}`, value: JSON.stringify(event) };
    },
  };
}
