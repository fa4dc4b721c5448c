import type { Admitting } from '../../src/api/deploying/admitting.ts';
import { prepareBack, revisionBack } from '../../src/api/deploying/going-back.ts';
import type { Admitted } from '../../src/api/deploying/outcome.ts';
import { createChange } from '../../src/api/intents/change.ts';
import { type Decide, removing, scaled } from '../../src/api/intents/service.ts';
import { type AvailabilityWish, changeAvailability } from '../../src/api/nodes/availability.ts';
import type { DeployResult } from '../../src/contract/deploy.ts';
import type { Service } from '../../src/core/model/service.ts';
import type { Caller } from '../../src/identity/authenticate.ts';
import { parseManifest } from '../../src/manifest/parse.ts';
import type { Master } from './master.ts';

/** What a user asks of a master: each is admitted as the API admits it. Never resolves if the master ends before. */
export interface Wishes {
  /** @param manifest an orca.yml */
  deploy(manifest: string): Promise<readonly Admitted[]>;
  scale(service: string, replicas: number): Promise<void>;
  remove(service: string): Promise<void>;
  rollback(service: string): Promise<readonly Admitted[]>;
  promote(service: string): Promise<readonly Admitted[]>;
  /** Takes a node out of use, or back into it. */
  availability(node: string, wish: AvailabilityWish): Promise<void>;
  /** Once what was admitted has ended. */
  ends(admitted: readonly Admitted[]): Promise<DeployResult>;
}

const ADMIN: Caller = { id: 'test', name: 'test', role: 'admin' };
const PROJECT = 'shop';

export function createWishes({ state, engine, engines, deploying, steering, clock }: Master): Wishes {
  const change = createChange({ state, clock });

  const serviceOf = async (name: string): Promise<Service> => {
    const found = await state.services.get(PROJECT, name);
    if (!found) throw new Error(`no service ${name}`);
    return found.value;
  };

  const allOf = async (admitting: Admitting) => {
    await admitting.done;
    return admitting.admitted;
  };

  return {
    deploy: async (manifest) => {
      const { services, volumes } = parseManifest(manifest, { file: 'orca.yml' });
      return allOf(deploying.admit({ services, ...(volumes.length > 0 && { volumes }) }, ADMIN));
    },
    scale: async (name, replicas) => {
      const decide: Decide = (service, spec) => scaled(service, spec, replicas);
      await change(await serviceOf(name), decide, ADMIN);
    },
    remove: async (name) => void (await change(await serviceOf(name), removing, ADMIN)),
    rollback: async (name) => {
      const service = await serviceOf(name);
      const reverted = await steering.revert(service, ADMIN);
      if (reverted) return [reverted];
      const back = await revisionBack(state, service, undefined);
      return allOf(deploying.begin(() => prepareBack({ state, engine, engines }, back, ADMIN), ADMIN));
    },
    promote: async (name) => [await steering.promote(await serviceOf(name), false, ADMIN)],
    availability: async (node, wish) => void (await changeAvailability({ state, clock }, node, wish, ADMIN)),
    ends: async (admitted) => {
      await deploying.wait(admitted, new AbortController().signal);
      return deploying.result(admitted, true);
    },
  };
}
