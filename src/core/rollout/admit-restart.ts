import { OrcaError } from '../errors.ts';
import { canaryOf, type Deployment, goesBackSince } from '../model/deployment.ts';
import type { Service } from '../model/service.ts';
import { type Admission, type AdmitInput, beingRemoved } from './admit.ts';

/** Nothing is wished but new tasks. */
export type RestartInput = Pick<AdmitInput, 'service' | 'current' | 'activeDeployment' | 'nextDeployment' | 'now'>;

/**
 * A deployment that replaces all tasks by new ones of the same revision; one that runs already is joined.
 *
 * @throws OrcaError `conflict` where nothing runs that could be restarted, or another deployment is on its way
 */
export function admitRestart(input: RestartInput): Admission {
  const { service, current, activeDeployment: active } = input;
  if (!service || !current) throw new OrcaError('not_found', 'there is no such service any more');
  if (service.removing) throw beingRemoved(service.name);
  if (active?.restart && goesBackSince(active) === undefined && !service.paused) {
    return { action: 'join', deployment: active, reason: `deployment ${active.id} already restarts ${service.name}` };
  }
  requireRunning(service, active);
  const deployment = restartOf(input, service);
  const reason = `${service.name} is restarted: every task is replaced, at the same revision ${service.revision}`;
  return {
    action: 'replace',
    reason,
    service: { ...service, deployment: deployment.id },
    revision: current,
    deployment,
  };
}

function requireRunning({ name, paused, stable, revision, replicas }: Service, active: Deployment | undefined): void {
  if (paused) throw refused(`${name} is stopped`, `start it: \`orca start ${name}\``);
  if (canaryOf(active))
    throw refused(
      `a canary of ${name} is on`,
      `\`orca promote ${name}\` or \`orca rollback ${name}\`, then restart it`,
    );
  if (active) throw refused(`deployment ${active.id} of ${name} is in progress`, 'restart it once that has ended');
  if (stable !== revision) {
    throw refused(`the last deployment of ${name} failed: there is nothing to restart`, 'deploy it again');
  }
  if (replicas === 0) throw refused(`${name} is scaled to 0`, `scale it up: \`orca scale ${name}=1\``);
}

const refused = (message: string, hint: string): OrcaError => new OrcaError('conflict', message, { hint });

const restartOf = ({ nextDeployment, now }: RestartInput, service: Service): Deployment => ({
  id: nextDeployment,
  project: service.project,
  service: service.name,
  from: service.revision,
  to: service.revision,
  before: { replicas: service.replicas, scaledFrom: service.scaledFrom },
  endsFrom: nextDeployment,
  state: 'pending',
  strategy: 'rolling',
  restart: true,
  reason: 'waits to be begun',
  startedAt: now,
});
