import { createServer, type Server, type Socket } from 'node:net';
import type { CarriedPlace } from '../../core/names/carriage.ts';

/** Listens where connections to services of other nodes come. */
export interface Listeners {
  /** Resolves once each new place is listened at, or it is known why not; undefined: nothing is to be waited for. */
  use(places: readonly CarriedPlace[]): Promise<void> | undefined;
  /** Takes none any more; what it has taken goes on. */
  close(): void;
}

interface Options {
  readonly onConnection: (near: Socket, place: CarriedPlace) => void;
  /** Why it does not listen somewhere; undefined: it does everywhere. */
  readonly onProblem: (problem: string | undefined) => void;
  /** Between tries, ms. */
  readonly again?: number | undefined;
}

const AGAIN_AFTER = 1_000;
const BACKLOG = 512;

/** All workers listen at the same places (SO_REUSEPORT), as for the relay. */
export function createListeners({ onConnection, onProblem, again = AGAIN_AFTER }: Options): Listeners {
  const open = new Map<string, Place>();
  const problems = new Map<string, string>();
  let told: string | undefined;

  const tell = (): void => {
    const [first] = problems.values();
    if (first !== told) onProblem(first);
    told = first;
  };

  const begin = (key: string, place: CarriedPlace): Promise<void> => {
    const server = createServer({ allowHalfOpen: true, noDelay: true, pauseOnConnect: true }, (near) =>
      onConnection(near, open.get(key)?.place ?? place),
    );
    const made: Place = { place, server, timer: undefined };
    open.set(key, made);
    const listen = (): void => {
      server.listen({ host: place.address, port: place.listen, backlog: BACKLOG, reusePort: true });
    };
    return new Promise((resolve) => {
      server.on('listening', () => {
        if (problems.delete(key)) tell();
        resolve();
      });
      server.on('error', ({ message }) => {
        problems.set(key, message);
        tell();
        made.timer = setTimeout(listen, again);
        resolve();
      });
      listen();
    });
  };

  const end = (key: string, { server, timer }: Place): void => {
    clearTimeout(timer);
    server.close();
    open.delete(key);
    problems.delete(key);
  };

  return {
    use(places) {
      const wanted = new Map(places.map((place) => [`${place.address} ${place.listen}`, place]));
      for (const [key, place] of open) if (!wanted.has(key)) end(key, place);
      const begun: Promise<void>[] = [];
      for (const [key, place] of wanted) {
        const known = open.get(key);
        if (known) known.place = place;
        else begun.push(begin(key, place));
      }
      tell();
      return begun.length === 0 ? undefined : Promise.all(begun).then(() => {});
    },
    close() {
      for (const [key, place] of [...open]) end(key, place);
    },
  };
}

interface Place {
  /** As the newest table has it. */
  place: CarriedPlace;
  readonly server: Server;
  /** Of the next try. */
  timer: NodeJS.Timeout | undefined;
}
