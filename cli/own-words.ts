import { notOrca } from '../src/client/faults.ts';
import { OrcaError } from '../src/core/errors.ts';
import { isLoopback } from './address.ts';
import type { Context } from './context.ts';
import { hintHere } from './output/hint.ts';
import { whichProject } from './select.ts';
import type { Session } from './session.ts';

/** An error of the API as the command line says it: its hints speak to those who send requests. */
export async function inOwnWords(error: OrcaError, { context }: Pick<Session, 'context'>): Promise<OrcaError> {
  const { code, message, hint, details } = error;
  if (message.startsWith(INGRESS)) return notOrca((await context()).api, error);
  const own = hintHere(code, hint) === hint ? ofUnknown(error) : await ownHint(error, context);
  return own === hint ? error : new OrcaError(code, message, { cause: error, hint: own, details });
}

/** What the data plane says, where its address is taken for that of the API. */
const INGRESS = 'nothing is served under this host name';

async function ownHint(error: OrcaError, context: Session['context']): Promise<string | undefined> {
  const { code, message, hint, details } = error;
  if (code === 'unauthorized') return tokenHint(await context());
  const [, name = ''] = /have a service (\S+):/.exec(message) ?? [];
  const projects = details?.['projects'];
  if (name !== '' && Array.isArray(projects)) return whichProject(name, projects.map(String));
  return hintHere(code, hint);
}

/** `orca status` lists services; what else was not found is listed elsewhere. */
function ofUnknown({ code, message, hint }: OrcaError): string | undefined {
  if (code !== 'not_found') return hint;
  if (message.startsWith('deployment not found')) return 'list them with `orca deployments`';
  return message.startsWith('task not found') ? 'list them with `orca ps --all`' : hint;
}

function tokenHint({ api, credential }: Context): string {
  if (credential.token !== undefined) return `is the token in ${credential.from} one of this server's?`;
  if (credential.unsent !== undefined) return credential.unsent;
  return isLoopback(api)
    ? "set ORCA_TOKEN beside ORCA_API; on the server's machine leave both out: its socket needs no token"
    : 'set ORCA_TOKEN beside ORCA_API, or write the token into a context of ~/.config/orca/config.yml';
}
