import { connect } from 'node:net';
import { join } from 'node:path';
import { OrcaError } from '../core/errors.ts';
import type { Log } from '../telemetry/log.ts';
import { clearAway } from '../telemetry/log-file.ts';
import { type DataPlaneConfig, FILE, type PATIENCE } from './config.ts';
import { prepareDirectory } from './directory.ts';
import { closeInherited } from './inherited.ts';
import { missingLocks } from './locks.ts';
import { createSupervisor } from './supervisor/supervisor.ts';
import type { Entries } from './supervisor/supervisor-options.ts';
import { becomeUser, usersToBecome } from './user.ts';

export interface RunningDataPlane {
  /** Finishes what is in flight; resolves when it has ended. */
  stop(): Promise<void>;
}

interface Dependencies {
  readonly log: Log;
  /** Absolute paths. */
  readonly entries: Entries;
  readonly patience?: Patience | undefined;
}

type Patience = { readonly [K in keyof typeof PATIENCE]: number };

/** What is in flight when a signal ends the data plane has this long, ms. */
const GRACE = 10_000;

/**
 * Makes this process the supervisor of a data plane: unprivileged from here on, in DIR/ingress, with its workers running.
 * Everything has to be loaded by now, as the files may be out of the user's reach afterwards.
 * @throws OrcaError `conflict` when one answers already for this directory or the user's number is taken, `invalid` for too long a path
 */
export async function runDataPlane(
  config: DataPlaneConfig,
  { log, entries, patience }: Dependencies,
): Promise<RunningDataPlane> {
  closeInherited([config.httpFd, config.https?.fd, config.names?.udp, config.names?.tcp]);
  const users = usersToBecome({ supervisor: config.user, worker: config.workerUser });
  const directory = prepareDirectory(config.data, users?.supervisor);
  await refuseSecond(join(directory, FILE.socket));
  process.chdir(directory);
  process.umask(0o077);
  const lacks = missingLocks(users !== undefined);
  if (lacks.length > 0) log.warn({ lacks }, 'the data plane runs without some of the locks that it could have');
  if (!users) log.info('not started as root: the workers have the user of their supervisor');
  const supervisor = createSupervisor({
    config,
    workerUser: users?.worker,
    lacks,
    entries,
    log,
    now: Date.now,
    exit: (code) => process.exit(code),
    patience,
  });
  if (users) becomeUser(users.supervisor);
  clearAway(FILE.socket);
  await supervisor.open();
  return { stop: () => supervisor.stop(GRACE) };
}

function refuseSecond(path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', () => resolve());
    socket.once('connect', () => {
      socket.destroy();
      reject(new OrcaError('conflict', `a data plane answers on "${path}" already`, { hint: 'stop it first' }));
    });
  });
}
