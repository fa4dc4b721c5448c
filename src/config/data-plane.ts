import type { DataPlaneSettings } from '../core/route/settings.ts';
import type { LogLevel } from '../telemetry/log.ts';
import type { Reader } from './resolve.ts';
import { flagName, SETTINGS, type Setting, type SettingKey, type SettingValue } from './settings.ts';
import type { Address } from './values.ts';

/** What every process knows that runs a data plane, or starts one. */
export interface DataPlaneRun {
  /** Absolute. */
  readonly data: string;
  readonly http: Address | 'off';
  /** Where HTTPS is served; `off` too where it was left to orca, and `http` is not on its usual port. */
  readonly https: Address | 'off';
  /** Where the data planes of other nodes send requests for this one's tasks. */
  readonly relay: Address | 'off';
  /** Addresses and networks (`10.0.0.0/8`) whose X-Forwarded-* are believed. */
  readonly trustedProxies: readonly string[];
  /** Name servers for the outside world, `address` or `address:port`; none: those of /etc/resolv.conf. */
  readonly nameServers: readonly string[];
  /** Of requests through the ingress. */
  readonly accessLog: boolean;
  readonly log: { readonly level: LogLevel };
  readonly limits: Limits;
  readonly timeouts: Timeouts;
}

/** Of the ingress. Bytes. */
export interface Limits {
  readonly head: number;
  readonly body: number | 'none';
  /** In each worker. */
  readonly connections: number;
}

/** Of the ingress. Milliseconds. */
export interface Timeouts {
  readonly head: number;
  readonly keepAlive: number;
  readonly connect: number;
  readonly uploadIdle: number;
  readonly response: number;
  readonly responseIdle: number;
  readonly handshake: number;
}

/** Open descriptors that a data plane is started with. */
export interface HandedDown {
  readonly httpFd?: number;
  readonly httpsFd?: number;
  /** Of the name server for containers. */
  readonly namesFds?: { readonly udp: number; readonly tcp: number };
}

export const dataPlaneRun = (read: Reader, data: string): DataPlaneRun => {
  const http = read('http');
  return {
    data,
    http,
    https: httpsFor(read('https'), http),
    relay: read('relay'),
    trustedProxies: read('trusted_proxies'),
    nameServers: read('name_servers'),
    accessLog: read('access_log') === 'on',
    log: { level: read('log.level') },
    limits: { head: read('limits.head'), body: read('limits.body'), connections: read('limits.connections') },
    timeouts: {
      head: read('timeouts.head'),
      keepAlive: read('timeouts.keep_alive'),
      connect: read('timeouts.connect'),
      uploadIdle: read('timeouts.upload_idle'),
      response: read('timeouts.response'),
      responseIdle: read('timeouts.response_idle'),
      handshake: read('timeouts.handshake'),
    },
  };
};

/** Beside HTTP on port 80 it is served on 443; who listens elsewhere says where. */
const httpsFor = (written: Address | 'off' | 'auto', http: Address | 'off'): Address | 'off' => {
  if (written !== 'auto') return written;
  return http !== 'off' && http.port === HTTP_PORT ? { host: http.host, port: HTTPS_PORT } : 'off';
};

const [HTTP_PORT, HTTPS_PORT] = [80, 443];

/** The command line that starts a data plane with what its starter was told: `ingress --data DIR --http ...`. */
export const ingressArguments = (config: DataPlaneRun, { httpFd, httpsFd, namesFds }: HandedDown = {}): string[] => [
  'ingress',
  flagName('data'),
  config.data,
  ...(httpFd === undefined ? [] : [flagName('http-fd'), String(httpFd)]),
  ...(httpsFd === undefined ? [] : [flagName('https-fd'), String(httpsFd)]),
  ...(namesFds === undefined ? [] : [flagName('names-fds'), `${namesFds.udp},${namesFds.tcp}`]),
  ...Object.entries(dataPlaneSettings(config)).flatMap(([key, text]) => [flagName(key as SettingKey), text]),
];

/** The settings of a data plane as they are written: its command line is made of them, and it tells its masters which it runs with. */
export const dataPlaneSettings = (config: DataPlaneRun & { readonly activated?: true }): DataPlaneSettings => ({
  ...(config.activated ? {} : { ...written('http', config.http), ...written('https', config.https) }),
  ...written('relay', config.relay),
  ...written('trusted_proxies', config.trustedProxies),
  ...written('name_servers', config.nameServers),
  ...written('access_log', config.accessLog ? 'on' : 'off'),
  ...written('log.level', config.log.level),
  ...written('limits.head', config.limits.head),
  ...written('limits.body', config.limits.body),
  ...written('limits.connections', config.limits.connections),
  ...written('timeouts.head', config.timeouts.head),
  ...written('timeouts.keep_alive', config.timeouts.keepAlive),
  ...written('timeouts.connect', config.timeouts.connect),
  ...written('timeouts.upload_idle', config.timeouts.uploadIdle),
  ...written('timeouts.response', config.timeouts.response),
  ...written('timeouts.response_idle', config.timeouts.responseIdle),
  ...written('timeouts.handshake', config.timeouts.handshake),
});

const written = <K extends SettingKey>(key: K, value: SettingValue<K>): DataPlaneSettings => ({
  [key]: (SETTINGS[key] as Setting<SettingValue<K>>).type.format(value),
});
