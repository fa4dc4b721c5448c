import { createEach } from '../../core/makings.ts';
import { serviceKey } from '../../core/model/service.ts';
import { partOf, type RoutedService, type TablePart } from '../../core/route/build-table.ts';
import { routedTasks } from '../../core/route/table.ts';

/** What one service adds to the tables of all data planes. The same object while that is the same. */
export interface Part extends TablePart {
  /** As JSON. */
  readonly bytes: number;
  /** Tasks that it routes to. */
  readonly routed: ReadonlySet<string>;
  /** Where its tasks are: ids of nodes by ids of tasks. */
  readonly nodes: ReadonlyMap<string, string>;
}

/** Makes the parts of those services that are other objects than the last time, in their order. */
export function createParts(): (services: readonly RoutedService[]) => readonly Part[] {
  const made = createEach<RoutedService, Made>({
    subjectOf: ({ service }) => serviceKey(service.project, service.name),
    make,
    areAlike: (before, after) => before.text === after.text,
  });
  const parts = createEach<Made, Part>({ subjectOf: ({ key }) => key, make: ({ part }) => part });
  return (services) => parts(made(services));
}

interface Made {
  readonly key: string;
  readonly part: Part;
  readonly text: string;
}

function make(routed: RoutedService): Made {
  const part = partOf(routed);
  const text = JSON.stringify(part);
  const nodes = new Map(routed.tasks.map(({ task }) => [task.id, task.node]));
  const key = serviceKey(routed.service.project, routed.service.name);
  return { key, text, part: { ...part, bytes: Buffer.byteLength(text), routed: routedTasks(part), nodes } };
}

const EMPTY: TablePart = { pools: [], routes: [], targets: [] };
const FRAME = JSON.stringify(EMPTY).length;

/** Of all parts as one, as JSON. */
export function bytesOf(parts: readonly Part[]): number {
  const items = parts.reduce((sum, { bytes }) => sum + bytes - FRAME, 0);
  const commas = (['pools', 'routes', 'targets'] as const).map((list) =>
    Math.max(0, parts.filter((part) => part[list].length > 0).length - 1),
  );
  return FRAME + items + commas.reduce((sum, count) => sum + count, 0);
}
