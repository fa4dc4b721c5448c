import { OrcaError } from '../core/errors.ts';
import { mayAct, type TokenRecord } from '../core/model/token.ts';
import { type Caller, reaches } from './authenticate.ts';

export type Rights = Pick<TokenRecord, 'role' | 'projects' | 'expiresAt'>;

/** Is all that a token may do also the caller's to do, however long it may do so? */
export const covers = (caller: Pick<Caller, 'role' | 'projects'>, { role, projects }: Omit<Rights, 'expiresAt'>) =>
  mayAct(caller.role, role) &&
  (projects === undefined ? caller.projects === undefined : projects.every((project) => reaches(caller, project)));

/**
 * Nobody makes a token that can do more than their own, nor for longer.
 *
 * @throws OrcaError `forbidden`
 */
export function requireWithin(caller: Caller, rights: Rights): void {
  if (!mayAct(caller.role, rights.role)) throw more(caller, `your own role is ${caller.role}`);
  if (!covers(caller, rights)) throw more(caller, `your own token is for ${caller.projects?.join(', ')} only`);
  const { expiresAt: own } = caller;
  if (own !== undefined && (rights.expiresAt === undefined || rights.expiresAt > own))
    throw more(caller, `your own token expires at ${new Date(own).toISOString()}`);
}

const more = ({ name }: Caller, why: string): OrcaError =>
  new OrcaError('forbidden', `"${name}" cannot make a token that may do more than it may itself: ${why}`, {
    hint: 'ask for less, or use a token that may do more',
  });

/** Of what there is a limit for in the whole cluster one of some projects has half at most: others need some, too. */
export const shareOf = ({ projects }: Pick<Caller, 'projects'>, most: number): number => (projects ? most / 2 : most);
