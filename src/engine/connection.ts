import { Agent, type AgentOptions } from 'node:http';
import type { Duplex } from 'node:stream';
import { inspect } from 'node:util';
import Docker from 'dockerode';
import { OrcaError } from '../core/errors.ts';
import type { MachineSample } from '../core/load/sample.ts';
import type { EngineDisk } from './free-disk.ts';
import type { SignalProcess } from './process-signal.ts';

/** A way to an engine that somebody else opens streams to, as those of another machine. */
export interface EngineWay {
  /** What is at the other end, for messages, as `node "w1"`; it may change. */
  name(): string;
  /**
   * A stream to the engine's socket, at once; that it cannot be opened is its error.
   * @param way `quick` for what must not wait behind long streams, `patient` for those
   */
  dial(way: 'quick' | 'patient'): Duplex;
  /** Sends a signal to a process of the engine there; without it, processes are looked for on this machine. */
  readonly signal?: SignalProcess | undefined;
  /** What the machine there uses; without it nobody knows. */
  readonly machine?: (() => Promise<MachineSample | undefined>) | undefined;
  /** Of the engine's data root; undefined while it is not known. */
  readonly disk?: (() => Promise<EngineDisk | undefined>) | undefined;
  /** IPv4 subnets in use there; without it none is known. */
  readonly subnets?: (() => Promise<readonly string[]>) | undefined;
}

/** One engine: several clients, as long-lived calls must not take the connections of short ones. */
export interface Connection {
  /** As the user wrote it, or what the way is named; for messages. */
  readonly url: string;
  /** Kept connections, a bounded number of them, for calls that are answered at once. */
  readonly quick: Docker;
  /** A connection a call: streams, and calls that wait (stop, pull). */
  readonly patient: Docker;
  /** The same for the streams of somebody who types. */
  readonly live: Docker;
  /** Sets the API version of all later calls, e.g. `1.41`. */
  useApi(version: string): void;
}

/** @param to `unix:///path`, `tcp://host:port` (plain HTTP), or a way */
export function connect(to: string | EngineWay): Connection {
  const place = typeof to === 'string' ? locate(to) : ELSEWHERE;
  const over = (way: 'quick' | 'patient', options: AgentOptions): Docker => {
    const agent = opaque(new Agent(options));
    return client(
      place,
      typeof to === 'string' ? agent : Object.assign(agent, { createConnection: () => open(to, way) }),
    );
  };
  const quick = over('quick', { keepAlive: true, maxSockets: 64, maxFreeSockets: 16 });
  const patient = over('patient', { keepAlive: false });
  const live = over('quick', { keepAlive: false });
  return {
    get url() {
      return typeof to === 'string' ? to : to.name();
    },
    quick,
    patient,
    live,
    useApi: (version) => {
      for (const { modem } of [quick, patient, live]) Object.assign(modem, { version: `v${version}` });
    },
  };
}

/** As sockets do that Node's HTTP opens itself, it is over once the engine has ended it: else it would be kept for later calls. */
function open(to: EngineWay, way: 'quick' | 'patient'): Duplex {
  const stream = to.dial(way);
  return stream.once('end', () => stream.end());
}

/** What HTTP calls the host at the end of a way. */
const ELSEWHERE: Place = { socketPath: undefined, host: 'docker', port: 80 };

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
