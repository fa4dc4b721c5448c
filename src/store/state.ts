import type { ClusterValue } from '../core/model/cluster-value.ts';
import type { Deployment } from '../core/model/deployment.ts';
import type { DecisionEvent } from '../core/model/event.ts';
import type { JoinSecret } from '../core/model/join-secret.ts';
import type { KnownVolume } from '../core/model/known-volume.ts';
import type { Node } from '../core/model/node.ts';
import type { NodeAuthority } from '../core/model/node-authority.ts';
import type { PulledImage } from '../core/model/pulled-image.ts';
import { CLUSTER_RECORD } from '../core/model/records/cluster-record.ts';
import { DEPLOYMENT_RECORD } from '../core/model/records/deployment-record.ts';
import { EVENT_RECORD } from '../core/model/records/event-record.ts';
import { JOIN_SECRET_RECORD } from '../core/model/records/join-secret-record.ts';
import { KNOWN_VOLUME_RECORD } from '../core/model/records/known-volume-record.ts';
import { NODE_AUTHORITY_RECORD } from '../core/model/records/node-authority-record.ts';
import { NODE_RECORD } from '../core/model/records/node-record.ts';
import { OUTCOME_RECORD } from '../core/model/records/outcome-record.ts';
import { PULLED_IMAGE_RECORD } from '../core/model/records/pulled-image-record.ts';
import { REGISTRY_LOGIN_RECORD } from '../core/model/records/registry-login-record.ts';
import { REVISION_RECORD } from '../core/model/records/revision-record.ts';
import { SECRET_RECORD, SECRET_VERSION_RECORD } from '../core/model/records/secret-record.ts';
import { SERVICE_ADDRESS_RECORD } from '../core/model/records/service-address-record.ts';
import { SERVICE_RECORD } from '../core/model/records/service-record.ts';
import { STORED_FILE_RECORD } from '../core/model/records/stored-file-record.ts';
import { TASK_RECORD } from '../core/model/records/task-record.ts';
import { TOKEN_RECORD } from '../core/model/records/token-record.ts';
import { TOKEN_USE_RECORD } from '../core/model/records/token-use-record.ts';
import type { UnreadableRecord } from '../core/model/records/unreadable.ts';
import { DELIVERY_BODY_RECORD, DELIVERY_RECORD, WEBHOOK_RECORD } from '../core/model/records/webhook-record.ts';
import type { RegistryLogin } from '../core/model/registry-login.ts';
import type { Revision } from '../core/model/revision.ts';
import type { Secret, SecretVersion } from '../core/model/secret.ts';
import type { Service } from '../core/model/service.ts';
import type { ServiceAddress } from '../core/model/service-address.ts';
import type { Task } from '../core/model/task.ts';
import type { TokenRecord } from '../core/model/token.ts';
import type { TokenUse } from '../core/model/token-use.ts';
import type { Delivery, DeliveryBody, Webhook } from '../core/model/webhook.ts';
import { type CertificateState, certificateState } from './certificate-state.ts';
import { type Collection, collection } from './collection.ts';
import type { Op, Store } from './contract.ts';
import { createFiles, type Files } from './files.ts';
import { createServices, type Services } from './services.ts';

/** The typed collections over a store: every key orca writes is named here. */
export interface State extends CertificateState {
  readonly store: Store;
  /** services/{project}/{name}: what is wanted. outcomes/{project}/{name}: what came of it */
  readonly services: Services;
  /** service-addresses/{project}/{name}; of those that are gone, too, until their address is given to another */
  readonly serviceAddresses: Collection<ServiceAddress>;
  /** revisions/{project}/{service}/{number} */
  readonly revisions: Collection<Revision>;
  /** deployments/{id} */
  readonly deployments: Collection<Deployment>;
  /** tasks/{project}/{service}/{id}; ended ones are kept as facts, the last few of each slot */
  readonly tasks: Collection<Task>;
  /** nodes/{id} */
  readonly nodes: Collection<Node>;
  /** join-secrets/{id} */
  readonly joinSecrets: Collection<JoinSecret>;
  /** node-authorities/{id} */
  readonly nodeAuthorities: Collection<NodeAuthority>;
  /** tokens/{id} */
  readonly tokens: Collection<TokenRecord>;
  /** token-uses/{id} */
  readonly tokenUses: Collection<TokenUse>;
  /** files/{sha256}, file-chunks/{sha256}/{number} */
  readonly files: Files;
  /** secrets/{scope}/{key} */
  readonly secrets: Collection<Secret>;
  /** secret-versions/{scope}/{key}/{number} */
  readonly secretVersions: Collection<SecretVersion>;
  /** webhooks/{id} */
  readonly webhooks: Collection<Webhook>;
  /** deliveries/{webhook}/{key}; of a week */
  readonly deliveries: Collection<Delivery>;
  /** delivery-bodies/{webhook}/{digest}: as long as their deliveries */
  readonly deliveryBodies: Collection<DeliveryBody>;
  /** pulled-images/{pinned, encoded}; of other nodes than the master's own pulled-images/{pinned, encoded}/{node} */
  readonly pulledImages: Collection<PulledImage>;
  /** registry-logins/{place, encoded} */
  readonly registryLogins: Collection<RegistryLogin>;
  /** volumes/{project}/{name} */
  readonly volumes: Collection<KnownVolume>;
  /** cluster/{name}: single values such as the cluster's id, the term, the last deployment id */
  readonly cluster: Collection<ClusterValue>;
  /** The decision log, to be read. */
  readonly events: Pick<Collection<DecisionEvent>, 'prefix' | 'version' | 'read'>;
  /** The decision log: one put under events/, its key made from the time and the name so that it sorts. */
  event(event: DecisionEvent): Op;
}

export const EVENTS_PREFIX = 'events/';
const OUTCOMES = 'outcomes';

const ofService = ({ project, name }: Pick<Service, 'project' | 'name'>) => [project, name];

/** What controllers read in every pass, and what stays small: held in memory. Revisions are many, and each is read once. */
export const READ_OFTEN: readonly string[] = [
  'acme-accounts/',
  'acme-agreements/',
  'certificate-attempts/',
  'certificate-orders/',
  'certificates/',
  'cluster/',
  'deployments/',
  'internal-authorities/',
  'join-secrets/',
  'node-authorities/',
  'nodes/',
  'outcomes/',
  'renewal-wishes/',
  'service-addresses/',
  'services/',
  'tasks/',
  'tokens/',
  'webhooks/',
];

/** @param onUnreadable told of records that were left out, as they are damaged */
export function createState(store: Store, onUnreadable?: (error: UnreadableRecord) => void): State {
  let sequence = 0;
  const common = { store, onUnreadable };
  const events = collection({
    ...common,
    prefix: 'events',
    format: EVENT_RECORD,
    keyOf: ({ at, name }) => {
      sequence += 1;
      return [`${String(at).padStart(15, '0')}-${String(sequence).padStart(9, '0')}-${name}`];
    },
  });
  return {
    store,
    services: createServices(
      collection({ ...common, prefix: 'services', format: SERVICE_RECORD, keyOf: ofService }),
      collection({ ...common, prefix: OUTCOMES, format: OUTCOME_RECORD, keyOf: ofService }),
    ),
    serviceAddresses: collection({
      ...common,
      prefix: 'service-addresses',
      format: SERVICE_ADDRESS_RECORD,
      keyOf: ofService,
    }),
    revisions: collection({
      ...common,
      prefix: 'revisions',
      format: REVISION_RECORD,
      keyOf: ({ project, service, number }) => [project, service, number],
    }),
    deployments: collection({ ...common, prefix: 'deployments', format: DEPLOYMENT_RECORD, keyOf: ({ id }) => [id] }),
    tasks: collection({
      ...common,
      prefix: 'tasks',
      format: TASK_RECORD,
      keyOf: ({ project, service, id }) => [project, service, id],
    }),
    nodes: collection({ ...common, prefix: 'nodes', format: NODE_RECORD, keyOf: ({ id }) => [id] }),
    joinSecrets: collection({ ...common, prefix: 'join-secrets', format: JOIN_SECRET_RECORD, keyOf: ({ id }) => [id] }),
    nodeAuthorities: collection({
      ...common,
      prefix: 'node-authorities',
      format: NODE_AUTHORITY_RECORD,
      keyOf: ({ id }) => [id],
    }),
    tokens: collection({ ...common, prefix: 'tokens', format: TOKEN_RECORD, keyOf: ({ id }) => [id] }),
    tokenUses: collection({ ...common, prefix: 'token-uses', format: TOKEN_USE_RECORD, keyOf: ({ id }) => [id] }),
    files: createFiles(
      store,
      collection({ ...common, prefix: 'files', format: STORED_FILE_RECORD, keyOf: ({ sha256 }) => [sha256] }),
    ),
    secrets: collection({
      ...common,
      prefix: 'secrets',
      format: SECRET_RECORD,
      keyOf: ({ scope, key }) => [scope, key],
    }),
    secretVersions: collection({
      ...common,
      prefix: 'secret-versions',
      format: SECRET_VERSION_RECORD,
      keyOf: ({ scope, key, number }) => [scope, key, number],
    }),
    webhooks: collection({ ...common, prefix: 'webhooks', format: WEBHOOK_RECORD, keyOf: ({ id }) => [id] }),
    deliveries: collection({
      ...common,
      prefix: 'deliveries',
      format: DELIVERY_RECORD,
      keyOf: ({ webhook, key }) => [webhook, key],
    }),
    deliveryBodies: collection({
      ...common,
      prefix: 'delivery-bodies',
      format: DELIVERY_BODY_RECORD,
      keyOf: ({ webhook, digest }) => [webhook, digest],
    }),
    pulledImages: collection({
      ...common,
      prefix: 'pulled-images',
      format: PULLED_IMAGE_RECORD,
      keyOf: ({ pinned, node }) => [encodeURIComponent(pinned), ...(node === undefined ? [] : [node])],
    }),
    registryLogins: collection({
      ...common,
      prefix: 'registry-logins',
      format: REGISTRY_LOGIN_RECORD,
      keyOf: ({ place }) => [encodeURIComponent(place)],
    }),
    ...certificateState(common),
    volumes: collection({
      ...common,
      prefix: 'volumes',
      format: KNOWN_VOLUME_RECORD,
      keyOf: ({ project, name }) => [project, name],
    }),
    cluster: collection({ ...common, prefix: 'cluster', format: CLUSTER_RECORD, keyOf: ({ name }) => [name] }),
    events,
    event: events.put,
  };
}
