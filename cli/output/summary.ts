import type { DeployedService } from '../../src/contract/deploy.ts';
import type { ServiceStatus, Status } from '../../src/contract/status.ts';
import type { Style } from './style.ts';
import { type Column, table } from './table.ts';
import { paintOutcome, servingText } from './words.ts';

const COLUMNS: readonly Column[] = [
  { title: 'SERVICE' },
  { title: 'STATE' },
  { title: 'REVISION', align: 'right' },
  { title: 'REPLICAS', align: 'right' },
  { title: 'DEPLOYMENT', align: 'right' },
  { title: 'URL', shrinks: true },
];

/**
 * The end of a deploy, a row a service; with the number to look it up by, where nobody waited.
 * @param status undefined where it could not be read
 */
export function summaryLines(
  services: readonly DeployedService[],
  status: Status | undefined,
  { style, width, waited }: { readonly style: Style; readonly width: number | undefined; readonly waited: boolean },
): string[] {
  const rows = services.map((service) => {
    const now = status?.services.find(({ name, project }) => name === service.name && project === service.project);
    return [
      style.strong(service.name),
      paintOutcome(service.state, style),
      service.revision === null ? '-' : String(service.revision),
      now ? servingText(now) : '',
      waited || service.deployment === null ? '' : String(service.deployment),
      now ? urlsOf(now, status?.http_port).join(' ') : '',
    ];
  });
  return table(COLUMNS, rows, width);
}

/** Where it answers. Plain HTTP: there are no certificates yet. Nowhere while the ingress serves no HTTP. */
export function urlsOf({ domains }: Pick<ServiceStatus, 'domains'>, port: number | null | undefined): string[] {
  if (port === null) return [];
  return domains.map((domain) => `http://${domain}${port === undefined || port === 80 ? '' : `:${port}`}/`);
}
