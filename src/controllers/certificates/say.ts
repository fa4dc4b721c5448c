import type { Op } from '../../store/contract.ts';
import type { State } from '../../store/state.ts';
import type { OwnedName } from './wanted.ts';

/** A line of the decision log about a name, told to whoever may see its service. */
export const say = (state: State, { name, project, service }: OwnedName, at: number, what: string): Op =>
  state.event({ kind: 'service', at, project, name: service, service, reason: `certificate of ${name}: ${what}` });
