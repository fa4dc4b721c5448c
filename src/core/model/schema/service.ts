// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the manifest's reference

import { z } from 'zod';
import { DEFAULT_PIDS } from '../service-spec.ts';
import { command } from './command.ts';
import {
  capability,
  containerPath,
  extraHost,
  keptCapability,
  stopSignal,
  tmpfsMount,
  ulimit,
  ulimitName,
  user,
} from './container-options.ts';
import { dependsOn } from './depends-on.ts';
import { Deploy } from './deploy.ts';
import { domain } from './domain.ts';
import { envName, envValue, labelName } from './env.ts';
import { file } from './files.ts';
import { health } from './health.ts';
import { imageRef } from './image-ref.ts';
import { cpu, duration, memory } from './measures.ts';
import { mount } from './mount.ts';
import { name } from './name.ts';
import { publishedPort } from './published-port.ts';
import { flag, looseText, oneOf, shown, text, wholeNumber } from './read.ts';
import { routePath } from './route-path.ts';
import { tls } from './tls.ts';

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const KI = 1024;
const MI = KI * KI;

const list = <T extends z.ZodType>(item: T, max: number, what: string) =>
  z.array(item, `expected a list of ${what}`).max(max, `expected at most ${max} ${what}`);
const map = <V extends z.ZodType>(value: V, what: string) => z.record(z.string(), value, `expected a map of ${what}`);

const SOME = { minItems: 1 };

/** Docker refuses a memory limit under 6 MiB. */
const MIN_MEMORY = 6 * MI;
/** The kernel's own limit, pid_max. */
const MAX_PIDS = 2 ** 22;

/** What a service may ask for, as users write it; its output has defaults filled in and units made plain. */
export const SERVICE_KEYS = {
  image: imageRef().describe(
    'The image to run. Resolved to a digest when it is deployed. `${push.sha}` in its tag is the commit that a webhook told of last.',
  ),
  build: z
    .strictObject({
      context: text('expected a directory').prefault('.').describe('Directory that is built, relative to this file.'),
      dockerfile: text('expected a path').prefault('Dockerfile').describe('Dockerfile in it.'),
    })
    .optional()
    .describe('Build the image instead of pulling it.'),
  pull: oneOf(['auto', 'always', 'never'])
    .prefault('auto')
    .describe(
      'Whether the registry is asked for the digest: `auto` asks and uses the image that is there if it does not answer.',
    ),
  command: command()
    .optional()
    .describe("Replaces the image's command: a list, or a line split as a shell would. Runs without a shell."),
  entrypoint: command().optional().describe("Replaces the image's entrypoint, written like `command`."),
  replicas: z
    .union(
      [
        wholeNumber(0, 1000),
        z.strictObject({
          min: wholeNumber(0, 1000).describe('No fewer than this.'),
          max: wholeNumber(1, 1000).describe('No more than this.'),
          rps: z
            .number('expected a number')
            .positive('expected a number above 0')
            .optional()
            .describe('Requests a second each task is meant for.'),
        }),
      ],
      'expected a whole number from 0 to 1000',
    )
    .prefault(1)
    .describe('How many tasks run.'),
  port: wholeNumber(1, 65535)
    .optional()
    .describe('What the container listens on. Without it nothing is probed over the network and nothing routed.'),
  domain: domain().optional().describe('Host name that is routed to the service.'),
  domains: shown(list(domain(), 100, 'domains'), SOME)
    .optional()
    .describe('Several of them, instead of `domain`.'),
  routes: shown(
    list(
      z.strictObject({
        path: routePath().describe('Path prefix; whole segments match.'),
        strip_prefix: flag().prefault(false).describe('Take the prefix off before the request is passed on.'),
      }),
      100,
      'routes',
    ),
    SOME,
  )
    .optional()
    .describe('Path prefixes served under each domain; all of them unless given.'),
  health: health()
    .optional()
    .describe(
      'How a task is probed: a path, or a map. Without it the port answering is enough; without a `port` the HEALTHCHECK of the image decides, if it has one.',
    ),
  env: z
    .record(envName(), envValue(), 'expected a map of variables')
    .prefault({})
    .describe('Environment variables. Numbers and booleans are taken as their text.'),
  env_file: z
    .union([text('expected a path'), list(text('expected a path'), 20, 'paths')], 'expected a path or a list of paths')
    .optional()
    .describe('Files with `NAME=value` lines, relative to this file, read where the CLI runs. `env` wins over them.'),
  files: list(file(), 100, 'files')
    .optional()
    .describe('Files put into the container: config files, whose content goes with the revision, and secrets.'),
  volumes: list(mount(), 100, 'volumes')
    .prefault([])
    .describe(
      'Volumes and where they are mounted: `name:/path`, or `name:/path:ro`; or a map. The name stands under `volumes` at the top. A path of the node (`/srv/x:/x`) needs an admin.',
    ),
  ports: list(publishedPort(), 100, 'ports')
    .prefault([])
    .describe(
      'Ports published beside the ingress, `host:container` or `address:host:container`. Loopback unless an address is given; others, and 22, 53, 80, 443 and 6880, need an admin.',
    ),
  resources: z
    .strictObject({
      memory: memory(MIN_MEMORY).optional().describe('Most memory a task may use.'),
      cpu: cpu().optional().describe('Most cores a task may use.'),
      pids: wholeNumber(1, MAX_PIDS)
        .optional()
        .describe(`Most processes and threads a task may have; ${DEFAULT_PIDS} unless given.`),
    })
    .prefault({})
    .describe('Limits of each task.'),
  reserve: z
    .strictObject({
      memory: memory(0).optional().describe('Memory kept free for a task.'),
      cpu: cpu().optional().describe('Cores kept free for a task; none unless given.'),
    })
    .prefault({})
    .describe('What a node keeps free for a task. Memory: its limit unless given.'),
  internal: z
    .union([flag(), list(name(), 100, 'projects')], 'expected true, false or a list of projects')
    .optional()
    .describe(
      'Other projects whose services reach it as `name.project.internal`: `true` for all, or a list. Needs a token for each of them the first time.',
    ),
  depends_on: dependsOn()
    .optional()
    .describe('Services of the project that must be `started`, `healthy` or `completed` first; in a list, healthy.'),
  release: command().optional().describe('A command run once per deployment in the new image, before any task.'),
  deploy: Deploy.prefault({}).describe('How a version is replaced.'),
  hold: z
    .strictObject({
      timeout: duration(0, 10 * MINUTE)
        .optional()
        .describe('How long requests are held at most.'),
      requests: wholeNumber(0, 1_000_000).optional().describe('How many are held at most.'),
      except: list(routePath(), 100, 'paths').optional().describe('Paths that are answered 503 at once instead.'),
    })
    .optional()
    .describe('Requests kept waiting while a slot that cannot run twice is swapped.'),
  drain_timeout: duration(0, DAY)
    .prefault('30s')
    .describe('How long requests in flight may go on before a task is told to stop.'),
  stop_grace: duration(0, 60 * MINUTE)
    .prefault('10s')
    .describe('Time between the stop signal and SIGKILL.'),
  stop_signal: stopSignal().prefault('SIGTERM').describe('The signal that tells a task to stop.'),
  restart: oneOf(['always', 'on-failure', 'never'])
    .prefault('always')
    .describe('When a task whose process ended is started again.'),
  idle: duration(1000, 30 * DAY)
    .optional()
    .describe('Scale to zero after this long without a request; the next one wakes it.'),
  placement: z
    .strictObject({
      node: text('expected the name of a node', 253)
        .optional()
        .describe('The one node its tasks run on, by name or id.'),
      labels: map(text('expected text'), 'labels').optional().describe('Labels a node must have.'),
      spread: text('expected the name of a label')
        .optional()
        .describe('A node label whose values the tasks are spread over.'),
      when_lost: oneOf(['replace', 'wait'])
        .prefault('replace')
        .describe('Whether its tasks are started elsewhere while their node is down, or wait for it.'),
    })
    .prefault({})
    .describe('Where tasks run.'),
  sticky: flag().optional().describe('Send a client to the same task each time.'),
  rate_limit: z
    .strictObject({
      rps: z.number('expected a number').positive('expected a number above 0').describe('Requests a second.'),
      burst: wholeNumber(1, 1_000_000).optional().describe('How many at once.'),
    })
    .optional()
    .describe('Requests a client may make; more are answered 429.'),
  logging: z
    .strictObject({
      max_size: memory(4 * KI, 1024 * 1024 * MI)
        .prefault('10Mi')
        .describe('A log file is rotated at this size.'),
      max_files: wholeNumber(1, 100).prefault(3).describe('How many are kept.'),
    })
    .prefault({})
    .describe("The container's log, kept by Docker."),
  tls: tls()
    .optional()
    .describe(
      'HTTPS for the domains: `auto` (the default), `internal`, `off`, or a map. A domain without a certificate is served with a self-signed one.',
    ),
  init: flag().prefault(true).describe('Run an init process as PID 1; false for images that bring their own.'),
  user: user().optional().describe('User, or user:group, the process runs as.'),
  working_dir: containerPath().optional().describe('Directory the process starts in.'),
  labels: z
    .record(labelName(), looseText('expected text'), 'expected a map of labels')
    .prefault({})
    .describe("Labels of the containers. Those beginning with `orca.` are orca's own."),
  tmpfs: list(tmpfsMount(), 50, 'mounts')
    .prefault([])
    .describe('Directories kept in memory: `/path` or `/path:size=64Mi,mode=1777`.'),
  shm_size: memory(4 * KI)
    .optional()
    .describe('Size of /dev/shm.'),
  extra_hosts: list(extraHost(), 100, 'hosts')
    .prefault([])
    .describe("Lines of the container's /etc/hosts: `name:address`."),
  read_only: flag().prefault(false).describe("Mount the image's files read-only."),
  cap_drop: list(capability(), 50, 'capabilities')
    .prefault([])
    .describe('Linux capabilities taken away. NET_RAW always is.'),
  cap_keep: list(keptCapability(), 50, 'capabilities')
    .prefault([])
    .describe('Capabilities kept that orca takes away by default: NET_RAW. Needs an admin.'),
  ulimits: z
    .record(ulimitName(), ulimit(), 'expected a map of limits')
    .prefault({})
    .describe('Limits of the process: a number, or `{soft, hard}`.'),
} as const;

/** A service in a file, under its name. */
export const ServiceInput = z.strictObject(SERVICE_KEYS);

/** A service in a list, with its name and project. */
export const ListedServiceInput = ServiceInput.extend({
  name: name().describe('Unique in its project.'),
  project: name().prefault('default').describe('The namespace it belongs to.'),
});

export type ParsedService = z.output<typeof ListedServiceInput>;
