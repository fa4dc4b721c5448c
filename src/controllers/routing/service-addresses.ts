import { createMakings } from '../../core/makings.ts';
import { serviceKey } from '../../core/model/service.ts';
import type { ServiceAddress } from '../../core/model/service-address.ts';
import { freeServiceAddress } from '../../core/names/service-addresses.ts';
import type { RoutedService } from '../../core/route/build-table.ts';
import { type Stored, unchanged } from '../../store/collection.ts';
import type { State } from '../../store/state.ts';
import type { Log } from '../../telemetry/log.ts';
import type { Commit } from '../commit.ts';

/** By service key; the same object while it says the same. */
export type ServiceAddresses = (services: readonly RoutedService[]) => Promise<ReadonlyMap<string, string>>;

interface Options {
  readonly state: Pick<State, 'serviceAddresses'>;
  readonly commit: Commit;
  readonly log?: Pick<Log, 'error'> | undefined;
}

/** In one pass: others have their turn. */
const AT_ONCE = 50;

/** Gives each service an address of its own, once. What cannot be written now is given later: its tables go on without. */
export function createServiceAddresses({ state, commit, log }: Options): ServiceAddresses {
  const { serviceAddresses } = state;
  const maps = createMakings<ReadonlyMap<string, string>>();

  const give = async (
    without: readonly RoutedService[],
    all: readonly RoutedService[],
    known: readonly Stored<ServiceAddress>[],
  ): Promise<void> => {
    const wanted = new Set(all.map(keyOf));
    const taken = new Set(known.map(({ value }) => value.address));
    const left = known.filter(({ value: { project, name } }) => !wanted.has(serviceKey(project, name)));
    for (const { service } of without.slice(0, AT_ONCE)) {
      const { project, name } = service;
      const address = freeServiceAddress(taken);
      const [oldest] = address === undefined ? left.splice(0, 1) : [];
      const given = address ?? oldest?.value.address;
      if (given === undefined) return;
      taken.add(given);
      const one = { project, name, address: given };
      await commit(
        [serviceAddresses.absent(one), ...(oldest ? [unchanged(oldest)] : [])],
        [serviceAddresses.put(one), ...(oldest ? [serviceAddresses.remove(oldest.value)] : [])],
      );
    }
  };

  const read = async () => {
    const { records } = await serviceAddresses.listReadable();
    return { records, keys: new Set(records.map(({ value: { project, name } }) => serviceKey(project, name))) };
  };

  return async (services) => {
    const { records, keys } = await read();
    const without = services.filter((one) => !keys.has(keyOf(one)));
    if (without.length > 0)
      await give(without, services, records).catch((err) =>
        log?.error({ err }, 'a service is not found from afar yet'),
      );
    const now = without.length > 0 ? (await read()).records : records;
    const texts = now.map(({ value: { project, name, address } }) => `${project}/${name} ${address}`);
    return maps.make(
      'all',
      texts,
      () => new Map(now.map(({ value: { project, name, address } }) => [serviceKey(project, name), address])),
    );
  };
}

const keyOf = ({ service: { project, name } }: RoutedService) => serviceKey(project, name);
