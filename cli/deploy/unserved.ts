import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../../src/client/client.ts';
import type { DeployedService } from '../../src/contract/deploy.ts';
import type { ServiceStatus } from '../../src/contract/status.ts';
import { OrcaError } from '../../src/core/errors.ts';
import type { Session } from '../session.ts';

/** How long what is unchanged may take to serve again, ms: its tasks may just be replaced. */
const LONGEST = 30_000;
const PAUSE = 500;

/**
 * Services that a deploy left alone, as they are what the file wants, and that do not serve as many as it wants: given a
 * while to come back. What cannot be looked at is not known to be bad.
 */
export async function unserved(
  { interrupted, now }: Pick<Session, 'interrupted' | 'now'>,
  client: Client,
  deployed: readonly DeployedService[],
): Promise<readonly ServiceStatus[]> {
  const unchanged = deployed.filter(({ state }) => state === 'unchanged');
  const until = now() + LONGEST;
  while (unchanged.length > 0) {
    const short = (await look(client)).filter(
      (one) => isShort(one) && unchanged.some(({ name, project }) => name === one.name && project === one.project),
    );
    if (short.length === 0 || now() >= until) return short;
    await delay(PAUSE, undefined, { signal: interrupted });
  }
  return [];
}

const SHORT: readonly ServiceStatus['status'][] = ['starting', 'degraded', 'failed', 'unknown'];
const isShort = ({ status }: ServiceStatus): boolean => SHORT.includes(status);

async function look(client: Client): Promise<readonly ServiceStatus[]> {
  try {
    return (await client.status()).services;
  } catch (error) {
    if (error instanceof OrcaError) return [];
    throw error;
  }
}
