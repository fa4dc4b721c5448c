import type { Simulator } from './simulator.ts';

/** The master's clock alone: what happens at the engine and the data plane happens as before. */
export function setBack(world: Simulator, ms: number): void {
  world.now -= ms;
  world.skew = { ...world.skew, engine: world.skew.engine + ms, plane: world.skew.plane + ms };
  world.acknowledged.tables = world.acknowledged.tables.map((table) => ({
    ...table,
    at: table.at - ms,
    ackedAt: table.ackedAt - ms,
  }));
  for (const box of world.boxes.values()) {
    box.startedAt -= ms;
    box.readyAt -= ms;
    if (box.hungSince !== undefined) box.hungSince -= ms;
    if (box.stopsAt !== undefined) box.stopsAt -= ms;
    if (box.late) box.late = { ...box.late, until: box.late.until - ms };
  }
}
