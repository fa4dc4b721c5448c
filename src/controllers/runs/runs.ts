import { notFound, OrcaError } from '../../core/errors.ts';
import { LABEL } from '../../core/model/container.ts';
import type { Revision } from '../../core/model/revision.ts';
import { runSpec } from '../../core/model/run-spec.ts';
import type { Service } from '../../core/model/service.ts';
import type { Placement } from '../../core/schedule/place.ts';
import type { Engines } from '../../engine/engines.ts';
import type { AttachedProcess } from '../../engine/process.ts';
import type { State } from '../../store/state.ts';
import type { Assigner } from '../services/assign.ts';
import { type ContainerSources, containerOf } from '../services/container-of.ts';
import type { WithVolumes } from '../services/volumes.ts';
import type { World } from '../world.ts';

export interface RunCommand {
  /** Program and arguments. */
  readonly command: readonly string[];
  readonly tty: boolean;
}

/** A container that was made for one command. */
export interface OneOff {
  readonly name: string;
  readonly revision: number;
  readonly process: AttachedProcess;
  /** Stop signal, and SIGKILL after `grace` ms, or what the service has for that if it is less. */
  stop(grace: number): Promise<void>;
  remove(): Promise<void>;
}

/**
 * One-off containers. They live as long as somebody is attached to them: nothing is recorded, and what a server has left
 * behind is known by its label, and removed by the next one.
 */
export interface Runs {
  /**
   * Makes a container of the newest revision of the service that has succeeded, and starts it.
   *
   * @throws OrcaError `not_found`, `conflict`, `unavailable`; nothing is left of it then
   */
  start(service: Service, command: RunCommand): Promise<OneOff>;
  /** Removes those on a node that nobody is attached to. */
  sweep(node: string): Promise<void>;
}

export interface RunsOptions extends ContainerSources {
  readonly state: State;
  readonly engines: Pick<Engines, 'of'>;
  readonly world: Pick<World, 'containers'>;
  /** Which node it is made on. */
  readonly place: (service: Service) => Promise<Placement>;
  readonly assigner: Pick<Assigner, 'lend'>;
  readonly withVolumes: WithVolumes;
  /** Brings the image of a revision onto a node. */
  readonly bring: (revision: Revision, node: string) => Promise<void>;
  readonly newId: () => string;
}

export function createRuns(options: RunsOptions): Runs {
  const { state, engines, world, assigner, bring, newId } = options;
  /** Names of those that are attached to, or being made. */
  const held = new Set<string>();

  const placeFor = async (service: Service): Promise<string> => {
    const { node, why } = await options.place(service);
    if (node) return node.id;
    throw new OrcaError('unavailable', `no node takes a container of ${service.name} now: ${why}`);
  };

  const revisionOf = async ({ project, name, stable, revision }: Service, node: string): Promise<Revision> => {
    const read = () => state.revisions.get(project, name, stable ?? revision);
    const known = await read();
    if (known) await bring(known.value, node);
    const found = (await read())?.value;
    if (found?.image) return found;
    throw known ? noImage(name) : notFound('revision', String(stable ?? revision));
  };

  return {
    async start(service, { command, tty }) {
      if (service.removing) throw new OrcaError('conflict', `${service.name} is being removed`);
      const node = await placeFor(service);
      const engine = engines.of(node);
      const { spec, ...rest } = await revisionOf(service, node);
      const revision: Revision = { ...rest, spec: runSpec(spec, command) };
      const name = `${service.name.slice(0, 40)}-run-${newId()}`;
      held.add(name);
      const { address, networks, giveBack } = await assigner.lend(node, service).catch((error: unknown) => {
        held.delete(name);
        throw error;
      });
      const remove = async () => {
        await engine.remove(name).finally(() => held.delete(name)); // where it fails the next sweep removes it
        giveBack();
      };
      try {
        const place = { name, node, address, networks, kind: 'run' as const, labels: {} };
        const process = await options.withVolumes(
          { ...place, id: name, project: service.project },
          revision,
          async () => {
            await engine.create({ ...(await containerOf(options, place, revision)), attach: { tty } });
            const attached = await engine.attach(name, tty);
            await engine.start(name, true);
            return attached;
          },
        );
        const stop = (grace: number) => engine.stop(name, Math.min(grace, spec.stopGrace));
        return { name, revision: revision.number, process, stop, remove };
      } catch (error) {
        await remove().catch(() => undefined);
        throw error;
      }
    },
    async sweep(node) {
      for (const { name, labels } of world.containers(node) ?? [])
        if (labels[LABEL.kind] === 'run' && !held.has(name)) await engines.of(node).remove(name);
    },
  };
}

const noImage = (name: string): OrcaError =>
  new OrcaError('unavailable', `the image of ${name} is not on the engine, and cannot be brought there`, {
    hint: `see why with \`orca status ${name}\``,
  });
