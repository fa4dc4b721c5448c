import { CARRY_RESTORE, type CarryStep, type CarryView, carryJump, planCarry } from '../../core/edge/plan-carry.ts';
import { OrcaError } from '../../core/errors.ts';
import { SERVICE_ADDRESSES } from '../../core/names/service-addresses.ts';
import { runTool } from './tools.ts';

/** Sees to it once that connections from a bridge to services' addresses come to the data plane. Root's. @throws OrcaError `unavailable` */
export async function keepCarry(bridge: string): Promise<void> {
  const steps = planCarry(await read(), bridge);
  if ('inTheWay' in steps)
    throw new OrcaError('unavailable', `the route ${steps.inTheWay} of this machine takes addresses of services`, {
      hint: `orca needs ${SERVICE_ADDRESSES} for itself: take that route away`,
    });
  for (const step of steps) await take(step, bridge);
}

interface RouteLine {
  readonly type?: string;
  readonly dst: string;
}

async function read(): Promise<CarryView> {
  const [routes, rules] = await Promise.all([
    runTool('ip', ['-4', '-j', '-d', 'route', 'show', 'table', 'all', 'root', SERVICE_ADDRESSES]),
    runTool('iptables', ['-w', '-t', 'nat', '-S']),
  ]);
  const lines = JSON.parse(routes.trim() || '[]') as readonly RouteLine[];
  return {
    routes: lines.map(({ type = 'unicast', dst }) => ({ type, to: dst })),
    rules: rules.split('\n').map((line) => line.trim()),
  };
}

async function take(step: CarryStep, bridge: string): Promise<void> {
  if (step === 'route') await runTool('ip', ['-4', 'route', 'replace', 'local', SERVICE_ADDRESSES, 'dev', 'lo']);
  if (step === 'chain') await runTool('iptables-restore', ['-w', '--noflush'], CARRY_RESTORE);
  if (step === 'jump') await runTool('iptables', ['-w', '-t', 'nat', '-A', 'PREROUTING', ...carryJump(bridge)]);
}
