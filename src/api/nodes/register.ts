import type { Registered } from '../../contract/registration.ts';
import type { Caller } from '../../identity/authenticate.ts';
import { type JoinTokensOptions, type JoinTokenWish, makeJoinToken } from './join-tokens.ts';
import { listNodes, type NodesOptions } from './present.ts';

export type RegisterOptions = NodesOptions & JoinTokensOptions;

/**
 * The node of the name, if there is one; else a line for the machine to join with: a caller's token is no proof of what a machine is.
 * @throws OrcaError as `makeJoinToken`
 */
export async function registerNode(
  options: RegisterOptions,
  { name, ...wish }: JoinTokenWish & { readonly name?: string | undefined },
  caller: Caller,
): Promise<Registered> {
  const known = name === undefined ? undefined : (await listNodes(options)).find((node) => node.name === name);
  if (known) {
    const { node_id, status } = known;
    return { registered: true, node_id, name: known.name, status, line: null, expires_at: null, next: null };
  }
  const { record, line } = await makeJoinToken(options, wish, caller);
  return {
    registered: false,
    node_id: null,
    name: name ?? null,
    status: null,
    line,
    expires_at: record.expiresAt,
    next: `give the line to \`orca join${name === undefined ? '' : ` --name ${name}`}\` on the machine, on its standard input`,
  };
}
