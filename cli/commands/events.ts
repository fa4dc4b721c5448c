import { setTimeout as delay } from 'node:timers/promises';
import type { Client, EventMessage } from '../../src/client/client.ts';
import { isLost } from '../../src/client/faults.ts';
import { OrcaError } from '../../src/core/errors.ts';
import { EXIT } from '../exit-codes.ts';
import { eventId } from '../options.ts';
import type { Output } from '../output/output.ts';
import { clockTime } from '../output/time.ts';
import { harmless } from '../output/width.ts';
import { selectServices, serviceReference } from '../select.ts';
import type { Session } from '../session.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
  readonly after?: string;
}

export const events: Verb<Options> = {
  define: (command) =>
    command
      .argument('[service]', 'only what concerns it')
      .option('-p, --project <name>', 'only this project')
      .option('--after <id>', 'what came after the event with this id, instead of from now', eventId)
      .addHelpText(
        'after',
        examples(
          ['orca events', 'what orca decides, until Ctrl-C'],
          ['orca events web --json', 'a line each, for a program'],
        ),
      ),

  run: async (session, [reference], options) => {
    const { name, project } =
      reference === undefined
        ? { name: undefined, project: options.project }
        : serviceReference(reference, options.project);
    // What is not there decides nothing; what it decided before it was removed is asked for by an id.
    if (reference !== undefined && options.after === undefined) {
      const { services } = await (await session.client()).status(project);
      selectServices(services, [reference]);
    }
    for await (const message of watch(session, { service: name, project, after: options.after })) {
      await show(message, session.output);
    }
    return EXIT.done;
  },
};

/** How often in a row the stream is taken up again without an event in between. */
const ATTEMPTS = 10;
const PAUSE = 1000;

type EventQuery = NonNullable<Parameters<Client['events']>[0]>;

/** The stream, taken up where it was when the server restarts. */
async function* watch(session: Session, query: EventQuery): AsyncGenerator<EventMessage, void, undefined> {
  const { client, interrupted } = session;
  const { events: stream } = await client({ whileRead: true });
  let after = query.after;
  let reached = false;
  for (let idle = 0; idle < ATTEMPTS; idle += 1) {
    try {
      for await (const message of stream({ ...query, after })) {
        idle = 0;
        after = message.id ?? after;
        yield message;
      }
      reached = true;
    } catch (error) {
      interrupted.throwIfAborted();
      reached ||= isLost(error);
      if (!reached || !(error instanceof OrcaError) || error.code !== 'unavailable') throw error;
    }
    await delay(PAUSE, undefined, { signal: interrupted }).catch(() => interrupted.throwIfAborted());
  }
  throw new OrcaError('unavailable', 'the event stream has ended, and the server does not take it up again');
}

async function show({ id, event, data }: EventMessage, output: Output): Promise<void> {
  if (output.json) return output.emit({ id, event, ...data });
  const { style } = output;
  if (event === 'reset') return output.print(style.warn('some events are missing here: they are no longer kept'));
  const { at, project, name, from, to, reason } = data;
  const where = project === null ? name : `${project}/${name}`;
  const change = from === null && to === null ? '' : ` ${style.faint(from ?? '(new)')} -> ${to ?? '(gone)'}`;
  return output.print(`${style.faint(clockTime(at))} ${event} ${style.strong(where)}${change}: ${harmless(reason)}`);
}
