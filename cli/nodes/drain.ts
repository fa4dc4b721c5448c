import { setTimeout as sleep } from 'node:timers/promises';
import type { DrainBody } from '../../src/contract/drain.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { harmless } from '../output/width.ts';
import { count } from '../output/words.ts';
import type { Session } from '../session.ts';

export interface DrainOptions {
  /** False: it is begun, and not followed. */
  readonly wait?: boolean;
}

const LOOK_EVERY = 500;

/** Begins a drain, or joins one that is under way, and follows it until none of the node's tasks is left or none can go. */
export async function drainNode(session: Session, name: string, { wait = true }: DrainOptions): Promise<ExitCode> {
  const { output, interrupted } = session;
  const client = await session.client();
  let now = await client.drainNode(name);
  const begun = now.tasks;
  const told = new Set<string>();
  if (!wait) return ends(session, now, EXIT.done);
  try {
    while (!now.done) {
      for (const line of newsOf(now, begun)) if (!told.has(line) && told.add(line)) output.note(line);
      if (now.tasks > 0 && now.waiting.length === 0 && now.stuck.length > 0) return ends(session, now, EXIT.failed);
      await sleep(LOOK_EVERY, undefined, { signal: interrupted });
      now = await client.drainStatus(now.node_id);
      if (!now.drain) return ends(session, now, EXIT.conflict);
    }
  } catch (error) {
    if (interrupted.aborted)
      output.alert(
        `interrupted: the drain of ${now.name} goes on on the server`,
        `follow it with: orca node drain-status ${now.name}`,
      );
    throw error;
  }
  return ends(session, now, EXIT.done);
}

/** How far it is, once. */
export async function showDrain(session: Session, name: string): Promise<ExitCode> {
  return ends(session, await (await session.client()).drainStatus(name), EXIT.done);
}

async function ends({ output }: Session, now: DrainBody, code: ExitCode): Promise<ExitCode> {
  await (output.json ? output.emit(now) : output.print(...linesOf(now)));
  if (code === EXIT.failed)
    output.note(`what stays keeps ${now.name} from being drained; to use it again: orca node undrain ${now.name}`);
  return code;
}

/** What moved since, and what goes on: each line is told once. */
function newsOf({ name, tasks, waiting }: DrainBody, begun: number): readonly string[] {
  const moved = begun > tasks ? [`${name}: ${begun - tasks} of ${count(begun, 'task')} moved`] : [];
  return [...moved, ...waiting.map(reasonOf)];
}

function linesOf(body: DrainBody): readonly string[] {
  const { name, availability, drain, done, tasks, waiting, stuck } = body;
  if (!drain) return [`${name} is not being drained: it is ${availability}`];
  const runs = oneOffOf(body);
  if (done) return [`${name} is drained: none of its tasks is left`, ...runs];
  return [
    `${name} is being drained: ${count(tasks, 'task')} left`,
    ...waiting.map((one) => `  ${reasonOf(one)}`),
    ...runs,
    ...stuck.map((one) => `  ${harmless(`${one.project}/${one.service}.${one.slot}`)} stays: ${harmless(one.reason)}`),
  ];
}

/** They are no tasks, and hold up no drain. */
function oneOffOf({ name, one_off }: DrainBody): readonly string[] {
  if (!one_off) return [];
  const verb = one_off === 1 ? 'runs' : 'run';
  return [`  ${count(one_off, 'container')} of \`orca run\` still ${verb} on ${name}, until the command ends`];
}

const reasonOf = ({ project, service, slot, reason }: DrainBody['waiting'][number]): string =>
  harmless(`${project}/${service}.${slot}: ${reason}`);
