import type { DeployedService } from '../../src/contract/deploy.ts';
import type { ServiceStatus } from '../../src/contract/status.ts';
import type { Style } from './style.ts';
import { type Column, table } from './table.ts';
import { paintOutcome } from './words.ts';

const COLUMNS: readonly Column[] = [
  { title: 'SERVICE' },
  { title: 'STATE' },
  { title: 'REVISION', align: 'right' },
  { title: 'REPLICAS', align: 'right' },
  { title: 'URL', shrinks: true },
];

/** The end of a deploy, a row a service. @param status undefined where it could not be read */
export function summaryLines(
  services: readonly DeployedService[],
  status: readonly ServiceStatus[] | undefined,
  { style, width }: { readonly style: Style; readonly width: number | undefined },
): string[] {
  const rows = services.map((service) => {
    const now = status?.find(({ name, project }) => name === service.name && project === service.project);
    return [
      style.strong(service.name),
      paintOutcome(service.state, style),
      service.revision === null ? '-' : String(service.revision),
      now ? `${now.running_replicas}/${now.replicas}` : '',
      now ? urlsOf(now).join(' ') : '',
    ];
  });
  return table(COLUMNS, rows, width);
}

/** Where it answers. Plain HTTP: certificates come in a later step. */
export const urlsOf = ({ domains }: Pick<ServiceStatus, 'domains'>): string[] =>
  domains.map((domain) => `http://${domain}/`);
