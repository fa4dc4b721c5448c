import { run } from './command.ts';
import { createNamespace, type Namespace } from './namespace.ts';

/** A network of machines that see each other and nothing else: a bridge in a namespace of its own. */
export interface Lan {
  /** Connects a machine, which has `address` on it from then on. */
  plug(machine: Namespace): Promise<Plug>;
  close(): Promise<void>;
}

/** One machine's cable. */
export interface Plug {
  readonly address: string;
  /** Nothing gets through in either direction, and no end is told: no interface goes down. */
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** The addresses are the same in every lan: none can see another. */
export async function createLan(): Promise<Lan> {
  const namespace = await createNamespace();
  const ip = (...words: readonly string[]) => run(namespace.inside(['ip', ...words]));
  await ip('link', 'add', 'lan', 'type', 'bridge');
  await ip('link', 'set', 'lan', 'up');
  let count = 0;
  return {
    plug: async (machine) => {
      count += 1;
      const [port, address] = [`port${count}`, `10.253.0.${count}`];
      const theirs = (...words: readonly string[]) => run(machine.inside(['ip', ...words]));
      await ip('link', 'add', port, 'type', 'veth', 'peer', 'name', 'lan0', 'netns', `/proc/${machine.pid}/ns/net`);
      await ip('link', 'set', port, 'master', 'lan', 'up');
      await theirs('addr', 'add', `${address}/24`, 'dev', 'lan0');
      await theirs('link', 'set', 'lan0', 'up');
      // Out of the bridge, the cable ends nowhere.
      const set = async (...words: readonly string[]) => void (await ip('link', 'set', port, ...words));
      return { address, cut: () => set('nomaster'), mend: () => set('master', 'lan') };
    },
    close: () => namespace.close(),
  };
}
