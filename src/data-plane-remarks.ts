import { type IngressLink, STALE, STALE_HINT } from './controllers/ingress/link.ts';
import type { IngressLauncher } from './node/ingress/launcher.ts';

const LOCKS_HINT =
  'what helps is in docs/dataplane.md, under Privileges; then stop both with `orca server --stop --all`, and start the server';
const AGAIN_HINT = 'then stop both with `orca server --stop --all`, and start the server';
const REPLACE_HINT = 'to have another one stop both with `orca server --stop --all`, then start the server again';
const NAMES_HINT =
  'once that is mended stop both with `orca server --stop --all`, start the server, and deploy the services again';

/**
 * What nothing observed shows of the data plane.
 * @param told by controllers: why routes stay, why an edge is open, why services are apart
 * @param wantsHttps this server would start one that serves HTTPS
 */
export function dataPlaneRemarks(
  link: IngressLink,
  launcher: Pick<IngressLauncher, 'status' | 'namesProblem' | 'httpsProblem'>,
  [withheld, open, apart]: readonly (string | undefined)[],
  wantsHttps: boolean,
): readonly string[] {
  const stale = link.stale();
  const lacks = link.lacks();
  const cannotSplit = link.cannotSplit();
  const { reason } = launcher.status();
  const [unnamed, noHttps] = [launcher.namesProblem(), launcher.httpsProblem()];
  const isBeforeHttps = wantsHttps && link.connected() !== undefined && link.certificates() === undefined;
  return [
    ...(withheld === undefined ? [] : [withheld]),
    ...(reason === undefined ? [] : [`why no data plane is connected: ${reason}`]),
    ...(noHttps === undefined ? [] : [`HTTPS is not served: ${noHttps}; ${AGAIN_HINT}`]),
    ...(isBeforeHttps
      ? [`HTTPS is not served: the data plane was started by an earlier version; ${REPLACE_HINT}`]
      : []),
    ...(stale === undefined ? [] : [`${STALE}: ${stale}; ${STALE_HINT}`]),
    ...(open === undefined ? [] : [`a container that keeps NET_RAW could receive requests of others: ${open}`]),
    ...(cannotSplit === undefined
      ? []
      : [
          `the data plane was started by an earlier version, and gives each request a version of its own, not by ${cannotSplit}; ${REPLACE_HINT}`,
        ]),
    ...(apart === undefined ? [] : [`services may not reach each other by their names: ${apart}`]),
    ...(unnamed === undefined ? [] : [`containers ask Docker's name servers, not orca's: ${unnamed}; ${NAMES_HINT}`]),
    ...(lacks === undefined ? [] : [`the data plane runs without ${lacks}; ${LOCKS_HINT}`]),
  ];
}
