import { sameItems } from '../core/makings.ts';
import type { Service } from '../core/model/service.ts';
import { type Outcome, outcomeFor, type Parts, serviceOf, type Wish, wishFor } from '../core/model/service-parts.ts';
import { type Collection, type Readable, type Stored, unchanged } from './collection.ts';
import type { Compare, Op } from './contract.ts';

/** A service with the two records that it was read from. */
export interface StoredService {
  readonly value: Service;
  readonly wish: Stored<Wish>;
  readonly outcome?: Stored<Outcome> | undefined;
  /** The store's revision of the newer of the two. */
  readonly modRevision: number;
}

export interface ReadableServices extends Pick<Readable<Service>, 'unreadable'> {
  readonly records: readonly StoredService[];
}

/**
 * Services: of each one record of what is wanted, which the API writes, and one of what came of it, which controllers write.
 * Readers get both as one.
 */
export interface Services extends Pick<Collection<Wish>, 'prefix' | 'key'> {
  /** Where its records lie. */
  readonly parts: readonly Pick<Collection<unknown>, 'prefix' | 'version'>[];
  get(project: string, name: string): Promise<StoredService | undefined>;
  list(...parts: readonly string[]): Promise<readonly StoredService[]>;
  /** @see Collection.listReadable */
  listReadable(...parts: readonly string[]): Promise<ReadableServices>;
  /** Neither of its records has changed. */
  unchanged(stored: StoredService): readonly Compare[];
  absent(service: Service): Compare;
  /** For the API. */
  putWish(after: Service, stored: StoredService | undefined): Op;
  /** For controllers. */
  putOutcome(after: Service, stored: StoredService): Op;
  remove(service: Service): readonly Op[];
}

/** An outcome is read before its wish: so a deployment may be taken for active that has just ended, and never the other way. */
export function createServices(wishes: Collection<Wish>, outcomes: Collection<Outcome>): Services {
  const joined = createJoiner();

  async function get(project: string, name: string): Promise<StoredService | undefined> {
    const outcome = await outcomes.get(project, name);
    const wish = await wishes.get(project, name);
    return wish && joined(wish, outcome);
  }

  /** All of them, as they were listed last. */
  let last: { readonly of: readonly unknown[]; readonly readable: ReadableServices } | undefined;

  async function listReadable(...parts: readonly string[]): Promise<ReadableServices> {
    const found = await outcomes.listReadable(...parts);
    const wanted = await wishes.listReadable(...parts);
    if (last && sameItems(last.of, [found, wanted])) return last.readable;
    const readable = joinLists(wanted, found);
    if (parts.length === 0) last = { of: [found, wanted], readable };
    return readable;
  }

  function joinLists(wanted: Readable<Wish>, found: Readable<Outcome>): ReadableServices {
    const byKey = new Map(found.records.map((outcome) => [nameIn(outcome.key), outcome]));
    const damaged = new Set(found.unreadable.map(({ key }) => nameIn(key)));
    const whole = wanted.records.filter(({ key }) => !damaged.has(nameIn(key)));
    return {
      records: whole.map((wish) => joined(wish, byKey.get(nameIn(wish.key)))),
      unreadable: [...wanted.unreadable, ...found.unreadable],
    };
  }

  return {
    prefix: wishes.prefix,
    parts: [wishes, outcomes],
    key: wishes.key,
    get,
    listReadable,
    list: async (...parts) => {
      const { records, unreadable } = await listReadable(...parts);
      const [first] = unreadable;
      if (first) throw first;
      return records;
    },
    unchanged: ({ value, wish, outcome }) => [
      unchanged(wish),
      outcome ? unchanged(outcome) : outcomes.absent({ ...value }),
    ],
    absent: (service) => wishes.absent(service),
    putWish: (after, stored) => wishes.put(wishFor(after, stored && partsOf(stored))),
    putOutcome: (after, stored) => outcomes.put(outcomeFor(after, partsOf(stored))),
    remove: (service) => [wishes.remove(service), outcomes.remove(service)],
  };
}

/** `shop/web`, of a key in either collection. */
const nameIn = (key: string): string => key.slice(key.indexOf('/') + 1);

const partsOf = ({ wish, outcome }: StoredService): Parts => ({ wish: wish.value, outcome: outcome?.value });

/** A pair that is held in memory is given again and again: it is the same service each time. */
function createJoiner() {
  const known = new WeakMap<Stored<Wish>, StoredService>();
  return (wish: Stored<Wish>, outcome: Stored<Outcome> | undefined): StoredService => {
    const before = known.get(wish);
    if (before && before.outcome === outcome) return before;
    const value = serviceOf({ wish: wish.value, outcome: outcome?.value });
    const modRevision = Math.max(wish.modRevision, outcome?.modRevision ?? 0);
    const service: StoredService = { value, wish, outcome, modRevision };
    known.set(wish, service);
    return service;
  };
}
