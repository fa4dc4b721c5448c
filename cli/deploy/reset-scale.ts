import { setTimeout as delay } from 'node:timers/promises';
import type { Client, Scaled } from '../../src/client/client.ts';
import type { DeployedService } from '../../src/contract/deploy.ts';
import type { ServiceStatus } from '../../src/contract/status.ts';
import { OrcaError } from '../../src/core/errors.ts';
import { count, list } from '../output/words.ts';
import type { Session } from '../session.ts';
import { isFailure } from './outcome.ts';

interface ResetScale {
  readonly client: Client;
  /** What the deploy made of each. */
  readonly services: readonly DeployedService[];
  /** False for `--detach`. */
  readonly waited: boolean;
}

/** How long the tasks may take to come and go, ms. */
const LONGEST = 5 * 60_000;
const PAUSE = 500;

/**
 * Back to the counts of the file, once it is in force: where the file's count has changed there is nothing by hand any
 * more. A service whose deploy failed keeps its count, so that what serves stays as it was.
 * @throws OrcaError `timeout` where the tasks do not come; what the server refuses
 */
export async function resetScale(session: Session, { client, services, waited }: ResetScale): Promise<void> {
  const { output } = session;
  const byHand = (await client.status()).services.filter(({ scaled_from }) => scaled_from !== null);
  const done: Scaled[] = [];
  for (const service of services) {
    const found = byHand.find(({ name, project }) => name === service.name && project === service.project);
    if (!found) continue;
    if (isFailure(service, waited)) output.alert(keptText(found));
    else done.push(await reset(session, client, found));
  }
  if (waited) await arrival(session, client, done);
}

const keptText = ({ name, replicas }: ServiceStatus): string =>
  `${name} keeps ${count(replicas, 'replica')}, as its deploy did not succeed`;

async function reset({ output }: Session, client: Client, { name, project, scaled_from }: ServiceStatus) {
  const scaled = await client.scale(name, scaled_from ?? 0, project);
  if (output.json) await output.emit({ type: 'scaled', ...scaled });
  else output.note(`${output.notes.strong(name)}: ${scaled.previous} -> ${scaled.replicas}, as the file says`);
  return scaled;
}

/** Until each has as many tasks that serve as it shall have. A server that is away for a moment may come back. */
async function arrival({ interrupted, now }: Session, client: Client, scaled: readonly Scaled[]): Promise<void> {
  const until = now() + LONGEST;
  let away = [...scaled];
  while (away.length > 0) {
    const services = await client.status().then(
      (status) => status.services,
      (error: unknown) => (isAway(error) ? [] : Promise.reject(error)),
    );
    away = away.filter((one) => !services.some((service) => isThere(service, one)));
    if (away.length > 0 && now() >= until) throw late(away);
    if (away.length > 0) await delay(PAUSE, undefined, { signal: interrupted });
  }
}

/** A refusal, of a token that has expired say, stays one however often it is asked. */
const isAway = (error: unknown): boolean =>
  error instanceof OrcaError && (error.code === 'unavailable' || error.code === 'timeout');

const isThere = (service: ServiceStatus, wanted: Scaled): boolean =>
  service.name === wanted.service &&
  service.project === wanted.project &&
  (service.running_replicas === wanted.replicas || service.status === 'stopped');

const late = (away: readonly Scaled[]): OrcaError =>
  new OrcaError('timeout', `the count of the file is not there yet: ${list(away.map(({ service }) => service))}`, {
    hint: 'look with `orca ps`',
  });
