import type { Change, Store } from '../../store/contract.ts';
import { isGap } from './mirror.ts';

/** One watch over a prefix for all who wait for some of its keys; there is none while nobody waits. */
export interface SharedWatch {
  /**
   * Resolves when every change from now on will be told, with what ends that.
   *
   * @throws OrcaError `unavailable` if the store cannot be read
   */
  join(member: Member): Promise<() => void>;
}

export interface Member {
  readonly keys: ReadonlySet<string>;
  /** One of the keys may have changed. */
  onChange(): void;
  /** The watch broke: nothing is told any more. */
  onError(error: unknown): void;
}

interface Session {
  readonly members: Set<Member>;
  readonly stop: AbortController;
  readonly begun: Promise<void>;
}

export function createSharedWatch(store: Pick<Store, 'status' | 'watch'>, prefix: string): SharedWatch {
  let session: Session | undefined;

  const end = (one: Session) => {
    if (session === one) session = undefined;
    one.stop.abort();
  };

  const follow = async (one: Pick<Session, 'members' | 'stop'>, from: number): Promise<void> => {
    const { signal } = one.stop;
    for (let after = from; !signal.aborted; ) {
      try {
        for await (const { changes } of store.watch({ prefix, after, signal })) tell(one.members, changes);
      } catch (error) {
        if (!isGap(error)) throw error;
        after = (await store.status()).revision;
        for (const member of one.members) member.onChange();
      }
    }
  };

  const begin = (): Session => {
    const [members, stop] = [new Set<Member>(), new AbortController()];
    const begun = store.status().then(({ revision }) => {
      follow(one, revision).catch((error: unknown) => {
        if (!stop.signal.aborted) for (const member of members) member.onError(error);
        end(one);
      });
    });
    const one: Session = { members, stop, begun };
    return one;
  };

  return {
    async join(member) {
      session ??= begin();
      const one = session;
      const leave = () => {
        one.members.delete(member);
        if (one.members.size === 0) end(one);
      };
      one.members.add(member);
      try {
        await one.begun;
      } catch (error) {
        leave();
        throw error;
      }
      return leave;
    },
  };
}

function tell(members: ReadonlySet<Member>, changes: readonly Change[]): void {
  const changed = changes.map((change) => (change.type === 'put' ? change.entry.key : change.key));
  for (const member of members) if (changed.some((key) => member.keys.has(key))) member.onChange();
}
