import { isNodeName, NODE_NAME } from '../core/nodes/node-name.ts';
import { LOG_LEVELS } from '../telemetry/log.ts';
import { ACME_SETTINGS } from './acme-settings.ts';
import { issuers } from './issuers.ts';
import { nameServer, network } from './network-values.ts';
import { define, type Role, type Setting } from './setting.ts';
import {
  address,
  autoAddress,
  count,
  domainName,
  duration,
  listOf,
  matching,
  oneOf,
  optional,
  optionalAddress,
  optionalSize,
  size,
  type ValueType,
} from './values.ts';

export type { Place, ProcessRole, Role, Setting } from './setting.ts';

const BOTH: readonly Role[] = ['server', 'ingress'];
const SERVER: readonly Role[] = ['server'];
const NODE: readonly Role[] = ['agent', 'join'];
const EVERY: readonly Role[] = [...BOTH, ...NODE];

const path = matching('path', /^[^\0]+$/, 'a path');
const timeout = (standard: string, about: string): Setting<number> =>
  define({ type: duration, standard, roles: EVERY, about });

/** Every setting by its key in server.yml, in the order of the reference page. */
const ordinaryUser = matching(
  'uid:gid',
  /^[1-9]\d{0,9}:[1-9]\d{0,9}$/,
  'numbers, other than those of root, such as 998:998',
);

export const SETTINGS = {
  data: define({
    type: path,
    standard: ({ root, home }) => (root ? '/var/lib/orca' : `${home}/.local/share/orca`),
    roles: EVERY,
    about: 'folder of everything orca keeps; one server a folder',
  }),
  api: define({
    type: address,
    standard: '127.0.0.1:6880',
    environment: 'ORCA_LISTEN',
    roles: SERVER,
    about: 'where the API listens; a loopback address',
  }),
  'api.domain': define({
    type: optional(domainName),
    standard: '',
    roles: SERVER,
    about: 'domain under which the ingress passes webhook deliveries on to the API, and nothing else',
  }),
  'nodes.listen': define({
    type: optionalAddress,
    standard: '[::]:6881',
    roles: SERVER,
    about:
      'where machines that are nodes, or become one, dial in; it listens only while there is such a node, or a line to join with',
  }),
  http: define({
    type: optionalAddress,
    standard: '[::]:80',
    roles: EVERY,
    about:
      'where the data plane listens for HTTP; [::] takes IPv4 too. That of a node that joined listens only while it is an ingress',
  }),
  https: define({
    type: autoAddress,
    standard: 'auto',
    roles: EVERY,
    about:
      'where the data plane listens for HTTPS; `auto` is port 443 if `http` listens on port 80, and off if not. A port that is taken leaves HTTP as it is',
  }),
  relay: define({
    type: optionalAddress,
    standard: '[::]:6882',
    roles: EVERY,
    about:
      'where the data planes of other nodes send requests for tasks of this one, a port from 1024 on; it listens only while there are other nodes',
  }),
  'http-fd': define({
    type: optional(count),
    standard: '',
    roles: ['ingress'],
    flagOnly: true,
    about: 'open descriptor that already listens, in place of `http`',
  }),
  'https-fd': define({
    type: optional(count),
    standard: '',
    roles: ['ingress'],
    flagOnly: true,
    about: 'open descriptor that already listens, in place of `https`',
  }),
  'names-fds': define({
    type: optional(matching('udp,tcp', /^\d+,\d+$/, 'two descriptors such as 4,5')),
    standard: '',
    roles: ['ingress'],
    flagOnly: true,
    about: 'open descriptors, UDP and TCP, on which containers ask for names; without them they are not answered',
  }),
  file: define({
    type: optional(path),
    standard: '',
    roles: ['join'],
    flagOnly: true,
    about: 'holds the line that `orca node token` has printed; standard input unless given',
  }),
  name: define({
    type: optional(nodeName()),
    standard: '',
    roles: ['join'],
    flagOnly: true,
    about: "what the node is called; the machine's host name unless given",
  }),
  workers: define({
    type: optional(count),
    standard: '',
    roles: ['ingress'],
    flagOnly: true,
    about: 'worker processes; one per core',
  }),
  user: define({
    type: optional(ordinaryUser),
    standard: '',
    roles: ['ingress'],
    flagOnly: true,
    about: 'whom its supervisor becomes when started as root; `orca-supervisor` if there is such a user, else 60881',
  }),
  'worker-user': define({
    type: optional(ordinaryUser),
    standard: '',
    roles: ['ingress'],
    flagOnly: true,
    about: 'whom its workers become when started as root; `orca-ingress` if there is such a user, else 60880',
  }),
  docker: define({
    type: matching('unix:PATH', /^unix:\/\/\/.+$/, 'unix:// and the absolute path of a socket'),
    standard: 'unix:///var/run/docker.sock',
    environment: 'DOCKER_HOST',
    roles: [...SERVER, ...NODE],
    about: 'the Docker Engine that runs the containers',
  }),
  store: define({
    type: matching('file:PATH', /^file:.+$/, 'file: and a path'),
    standard: ({ data }) => `file:${data}/orca.db`,
    roles: SERVER,
    about: 'where state is kept',
  }),
  ...ACME_SETTINGS,
  'cors.allowed_origins': define({
    type: listOf(matching('origin', /^https?:\/\/[^/]+$/, 'an origin such as https://console.example.com')),
    standard: '',
    roles: SERVER,
    about: 'browser origins that may call the API; none unless named',
  }),
  'auth.issuers': define({
    type: issuers,
    standard: '[]',
    roles: SERVER,
    fileOnly: true,
    about:
      'who may sign tokens, and what those may do; see [access.md](access.md#let-a-pipeline-deploy-without-a-stored-secret)',
  }),
  trusted_proxies: define({
    type: listOf(network()),
    standard: '',
    roles: EVERY,
    about: 'proxies in front of orca whose X-Forwarded-* headers are believed',
  }),
  name_servers: define({
    type: listOf(nameServer()),
    standard: '',
    roles: EVERY,
    about:
      'name servers that are asked for names of the outside world, such as 10.0.0.2 or 10.0.0.2:5353; those of /etc/resolv.conf unless given',
  }),
  access_log: define({
    type: oneOf(['on', 'off']),
    standard: 'on',
    roles: EVERY,
    about: 'a line for each request, in DIR/ingress/access.log',
  }),
  'log.level': define({ type: oneOf(LOG_LEVELS), standard: 'info', roles: EVERY, about: 'least level that is logged' }),
  'limits.head': define({ type: size, standard: '64Ki', roles: EVERY, about: 'longest request or answer head; 431' }),
  'limits.body': define({ type: optionalSize, standard: 'none', roles: EVERY, about: 'longest request body; 413' }),
  'limits.connections': define({
    type: count,
    standard: '20000',
    roles: EVERY,
    about: 'client connections open at once, in each worker',
  }),
  'registries.allow_private': define({
    type: listOf(matching('registry', /^[^/\s,]+$/, 'a registry as in image names, such as 10.0.0.5:5000')),
    standard: '',
    roles: SERVER,
    about: 'registries on loopback, private or link-local addresses that images may come from',
  }),
  'registries.docker_config': define({
    type: path,
    standard: ({ home }) => `${home}/.docker`,
    environment: 'DOCKER_CONFIG',
    roles: SERVER,
    about:
      "folder of docker's own `config.json`, whose accounts and credential helpers are used where orca stores no login",
  }),
  'quotas.routes_per_service': define({
    type: count,
    standard: '1000',
    roles: SERVER,
    about: 'routes of a service at most: its domains, times its paths; one over 256 bytes counts as several',
  }),
  'quotas.routes_per_project': define({
    type: count,
    standard: '5000',
    roles: SERVER,
    about: 'routes of all services of a project at most',
  }),
  'timeouts.head': timeout('10s', 'for a request head to arrive whole; 408'),
  'timeouts.keep_alive': timeout('75s', 'a connection may wait for its next request'),
  'timeouts.connect': timeout('1s', 'for a target to accept a connection; the next target is tried'),
  'timeouts.upload_idle': timeout('120s', 'between two pieces of a request body; 408'),
  'timeouts.response': timeout('600s', 'for the answer to begin; 504'),
  'timeouts.response_idle': timeout('120s', 'between two pieces of an answer; event streams are exempt'),
  'timeouts.handshake': timeout('10s', 'for a target to answer an upgrade; 504'),
} as const;

export type SettingKey = keyof typeof SETTINGS;
export type SettingValue<K extends SettingKey> = (typeof SETTINGS)[K] extends Setting<infer T> ? T : never;

/** Those that a flag gives. */
export const settingKeys = (role: Role): SettingKey[] =>
  (Object.keys(SETTINGS) as SettingKey[]).filter(
    (key) => SETTINGS[key].roles.includes(role) && !(SETTINGS[key] as Setting).fileOnly,
  );

/** `limits.head` -> `--limits-head` */
export const flagName = (key: SettingKey): string => `--${key.replace(/[._]/g, '-')}`;

/** `limits.head` -> `ORCA_LIMITS_HEAD` */
export const environmentName = (key: SettingKey): string =>
  (SETTINGS[key] as Setting).environment ?? `ORCA_${key.replace(/[._-]/g, '_').toUpperCase()}`;

function nodeName(): ValueType<string> {
  return {
    form: 'name',
    parse(text) {
      if (!isNodeName(text)) throw new RangeError(NODE_NAME);
      return text;
    },
    format: (value) => value,
  };
}
