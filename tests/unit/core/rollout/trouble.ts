import type { EngineTime } from '../../../../src/core/clock.ts';
import type { Box } from './box.ts';

/** What may happen to a world, and to which of its containers. */
export interface Trouble {
  readonly kind:
    | 'kill'
    | 'remove'
    | 'crash'
    | 'hang'
    | 'stick'
    | 'unstick'
    | 'engine-away'
    | 'engine-back'
    | 'ingress-away'
    | 'ingress-back'
    | 'server-away'
    | 'seen-late'
    | 'ack-slow'
    | 'ack-quick';
  readonly pick: number;
}

/** What it happens to. */
interface Troubled {
  readonly now: number;
  readonly boxes: Map<string, Box>;
  engineSince: number | undefined;
  ingressSince: number | undefined;
  ingressLostSince: number | undefined;
  ackDelay: number;
  lag: number;
  restartMaster(away: number): void;
  engineNow(): EngineTime;
  answers(task: string): boolean;
}

/** It happens. */
export function befall(world: Troubled, { kind, pick }: Trouble): void {
  const boxes = [...world.boxes.values()];
  const box = boxes[pick % Math.max(1, boxes.length)];
  if (kind === 'unstick') for (const one of boxes) one.stuck = false;
  if (kind === 'engine-away') world.engineSince = undefined;
  if (kind === 'engine-back') world.engineSince ??= world.now;
  if (kind === 'ingress-away' && world.ingressSince !== undefined) {
    world.ingressSince = undefined;
    world.ingressLostSince = world.now;
  }
  if (kind === 'ingress-back' && world.ingressSince === undefined) {
    world.ingressSince = world.now;
    world.ingressLostSince = undefined;
  }
  if (kind === 'ack-slow') world.ackDelay = 3_000;
  if (kind === 'ack-quick') world.ackDelay = 20;
  if (kind === 'server-away') world.restartMaster(pick * 20_000);
  if (kind === 'seen-late') world.lag = pick * 100;
  if (!box || world.engineSince === undefined) return;
  if (world.lag > 0) box.late = { view: box.view, until: world.now + world.lag };
  if (kind === 'kill' && box.view.state === 'running')
    box.view = { ...box.view, state: 'exited', exitCode: 137, finishedAt: world.engineNow() };
  if (kind === 'crash' && box.view.state === 'running')
    box.view = { ...box.view, state: 'restarting', exitCode: 1, finishedAt: world.engineNow() };
  if (kind === 'hang' && world.answers(box.view.name)) box.hungSince = world.now;
  if (kind === 'remove') world.boxes.delete(box.view.name);
  if (kind === 'stick') box.stuck = true;
}

/** What makes everything reachable again; what has died stays so. */
export function heal(world: Troubled): void {
  for (const kind of ['unstick', 'engine-back', 'ingress-back', 'ack-quick', 'seen-late'] as const)
    befall(world, { kind, pick: 0 });
}
