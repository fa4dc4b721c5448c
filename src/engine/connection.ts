import { Agent } from 'node:http';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import { OrcaError } from '../core/errors.ts';

/** A way to one engine: two clients, as long-lived calls must not take the connections of short ones. */
export interface Connection {
  /** As the user wrote it, for messages. */
  readonly url: string;
  /** Kept connections, a bounded number of them, for calls that are answered at once. */
  readonly quick: Docker;
  /** A connection a call: streams, and calls that wait (stop, pull). */
  readonly patient: Docker;
  /** Sets the API version of all later calls, e.g. `1.41`. */
  useApi(version: string): void;
}

/** @param url `unix:///path` or `tcp://host:port` (plain HTTP) */
export function connect(url: string): Connection {
  const place = locate(url);
  const quick = client(place, opaque(new Agent({ keepAlive: true, maxSockets: 64, maxFreeSockets: 16 })));
  const patient = client(place, opaque(new Agent({ keepAlive: false })));
  return {
    url,
    quick,
    patient,
    useApi: (version) => {
      for (const { modem } of [quick, patient]) Object.assign(modem, { version: `v${version}` });
    },
  };
}

/**
 * docker-modem formats the options of every request for its debug log, agent and all its sockets included, also when
 * nobody listens: with some tens of connections that stalls the event loop for seconds.
 */
const opaque = (agent: Agent): Agent => Object.assign(agent, { [inspect.custom]: () => 'Agent' });

type Place = Pick<Docker.DockerOptions, 'socketPath' | 'host' | 'port'>;

function locate(url: string): Place {
  const socketPath = /^unix:\/\/(\/.+)$/.exec(url)?.[1];
  if (socketPath !== undefined) return { socketPath };
  const tcp = /^tcp:\/\/([^/:]+|\[[0-9a-fA-F:]+\]):(\d+)\/?$/.exec(url);
  if (tcp?.[1] !== undefined) return { host: tcp[1], port: Number(tcp[2]) };
  throw new OrcaError('invalid', `cannot read the docker address "${url}"`, {
    hint: 'write it as unix:///var/run/docker.sock or tcp://127.0.0.1:2375',
  });
}

/** docker-modem fills what is left out from DOCKER_HOST: every key is set, so that only orca's own settings count. */
const client = ({ socketPath, host, port }: Place, agent: Agent): Docker =>
  new Docker({
    socketPath,
    host,
    port,
    agent,
    protocol: 'http',
    username: undefined,
    ca: undefined,
    cert: undefined,
    key: undefined,
    timeout: undefined,
    version: undefined,
  } as Docker.DockerOptions);
