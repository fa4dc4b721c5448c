import { writeFile } from 'node:fs/promises';
import type { LockStep } from '../../core/edge/plan-lock.ts';
import { disableIpv6 } from './read-bridge.ts';
import { runTool } from './tools.ts';

/** Does all of them, also where one fails: a port may just have gone. Rejects with what failed first. */
export async function applyLock(bridge: string, steps: readonly LockStep[]): Promise<void> {
  const outcomes = await Promise.allSettled([
    steps.some(({ kind }) => kind === 'no-ipv6') ? writeFile(disableIpv6(bridge), '1') : undefined,
    batch(
      'ip',
      steps.flatMap((step) => neighbourLine(bridge, step)),
    ),
    batch('bridge', steps.flatMap(portLine)),
  ]);
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
}

/** One process for all of them: `-force` goes on after a line that fails, `-batch -` reads lines of arguments. */
async function batch(tool: 'ip' | 'bridge', lines: readonly string[]): Promise<void> {
  if (lines.length > 0) await runTool(tool, ['-force', '-batch', '-'], `${lines.join('\n')}\n`);
}

function neighbourLine(bridge: string, step: LockStep): string[] {
  if (step.kind === 'neighbour')
    return [`neigh replace ${word(step.address)} lladdr ${word(step.hardware)} dev ${bridge} nud permanent`];
  return step.kind === 'forget' ? [`neigh del ${word(step.address)} dev ${bridge}`] : [];
}

/** `sticky`: it does not move to a port where its hardware address is seen. */
function portLine(step: LockStep): string[] {
  if (step.kind === 'pin') return [`fdb replace ${word(step.hardware)} dev ${word(step.port)} master static sticky`];
  const open = step.kind === 'port' && !step.closed ? 'on' : 'off';
  return step.kind === 'port' ? [`link set dev ${word(step.port)} isolated on learning ${open} flood ${open}`] : [];
}

/** Addresses and names of interfaces; a space would begin another argument. */
function word(text: string): string {
  if (/^[\w.:@-]+$/.test(text)) return text;
  throw new Error(`not an address or the name of an interface: ${JSON.stringify(text)}`);
}
