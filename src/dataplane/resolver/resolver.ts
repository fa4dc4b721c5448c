import { createLookup, type Lookup } from '../../core/names/lookup.ts';
import { contains } from '../../core/route/addresses.ts';
import type { TargetHealth } from '../../core/route/protocol.ts';
import type { Table } from '../../core/route/table.ts';
import type { Asker, Forward } from './forward.ts';
import { answer, answerShortly, decline, type Query, RCODE, readQuery } from './packets.ts';

/** Answers what containers ask: names of services by the table, everything else by the machine's name servers. */
export interface Resolver {
  use(table: Table): void;
  setHealth(health: readonly TargetHealth[]): void;
  /** Undefined: it was no query, and nothing is answered. */
  ask(bytes: Buffer, asker: Asker): Promise<Buffer | undefined>;
}

export interface ResolverOptions {
  readonly forward: Forward;
  /** Where it answers: the machine asks from there. */
  readonly own: string;
  /** Of the containers' network; undefined while that is not there. */
  readonly subnet: () => string | undefined;
  /** In [0, 1). */
  readonly random: () => number;
}

export function createResolver({ forward, own, subnet, random }: ResolverOptions): Resolver {
  let lookup: Lookup = createLookup(undefined);
  let ready: ReadonlySet<string> = new Set();

  /**
   * It is there for containers: an answer to anybody else could be a flood that somebody else has asked for. Not by the table:
   * a container whose address is not in it yet looks up the outside world as well.
   */
  const isStranger = (address: string): boolean => address !== own && !contains(subnet() ?? '', address);

  const askOne = async (query: Query, { address, over }: Asker): Promise<Buffer> => {
    if (isStranger(address)) return decline(query, RCODE.refused);
    const found = lookup(address, query.name);
    if (found.kind === 'unknown') return answer(query, [], RCODE.unknown);
    if (found.kind === 'elsewhere') return (await forward(query, { address, over })) ?? decline(query, RCODE.failed);
    if (query.type !== 'A' && query.type !== 'ANY') return answer(query, []);
    const told = found.tasks.filter(({ task, probed }) => !probed || ready.has(task));
    // Most clients take the first: a connection that stays on its node needs nobody between.
    const addresses = [
      ...shuffled(told, random).map((task) => task.address),
      ...(found.far === undefined ? [] : [found.far]),
    ];
    return over === 'udp' ? answerShortly(query, addresses) : answer(query, addresses);
  };

  return {
    use(table) {
      lookup = createLookup(table.names);
    },
    setHealth(health) {
      ready = new Set(health.filter((one) => one.ready).map(({ task }) => task));
    },
    async ask(bytes, asker) {
      const query = readQuery(bytes);
      if (query === undefined || 'answer' in query) return query?.answer;
      return askOne(query, asker);
    },
  };
}

/** So that clients that take the first are spread. */
function shuffled<T>(items: readonly T[], random: () => number): readonly T[] {
  const all = [...items];
  for (let last = all.length - 1; last > 0; last -= 1) {
    const other = Math.floor(random() * (last + 1));
    [all[last], all[other]] = [all[other] as T, all[last] as T];
  }
  return all;
}
