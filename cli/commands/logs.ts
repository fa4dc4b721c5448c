import { isLost } from '../../src/client/faults.ts';
import { OrcaError } from '../../src/core/errors.ts';
import { MAX_TAIL } from '../bounds.ts';
import { EXIT } from '../exit-codes.ts';
import { since, wholeNumber } from '../options.ts';
import type { Output } from '../output/output.ts';
import { serviceReference, slotOf } from '../select.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
  readonly follow?: boolean;
  readonly tail?: number;
  readonly since?: string;
  readonly grep?: string;
  readonly task?: string;
  readonly timestamps?: boolean;
}

export const logs: Verb<Options> = {
  define: (command) =>
    command
      .argument('<service>', 'whose tasks wrote them')
      .option('-p, --project <name>', 'where the service is')
      .option('-f, --follow', 'go on as lines are written')
      .option('-n, --tail <lines>', 'only the last ones (default: 100)', wholeNumber(0, MAX_TAIL))
      .option('--since <when>', 'from then on: 10m, or 2026-01-31T12:00:00Z', since)
      .option('--grep <text>', 'only lines that contain this')
      .option('--task <task>', "only this task's: an id, a slot's number, or web.2")
      .option('-t, --timestamps', 'when each line was written')
      .addHelpText(
        'after',
        examples(
          ['orca logs web -f', 'as they come'],
          ['orca logs web --task 2 --since 10m --grep error', 'what went wrong'],
        ),
      ),

  run: async (session, [reference = ''], { project, timestamps = false, task, ...query }) => {
    const { name, project: where } = serviceReference(reference, project);
    const client = await session.client({ whileRead: query.follow });
    const log = client.logs(name, { ...query, task: slotOf(name, task), project: where });
    const lines = query.follow ? endless(log) : log;
    for await (const line of lines) await showLine(line, session.output, timestamps);
    return EXIT.done;
  },
};

/** A log that is followed ends with its reader alone: where it ends by itself, the server or the way to it is gone. */
async function* endless(lines: AsyncIterable<string>): AsyncGenerator<string, void, undefined> {
  try {
    yield* lines;
  } catch (error) {
    throw isLost(error) ? ended((error as OrcaError).message, error) : error;
  }
  throw ended('the server has ended the log');
}

const ended = (message: string, cause?: unknown): OrcaError =>
  new OrcaError('timeout', message, { cause, hint: 'it may be restarting: follow again with --since' });

/** `<time> <task> <text>` for people: the task in front, the time where asked for. What the app wrote is not touched. */
async function showLine(line: string, output: Output, timestamps: boolean): Promise<void> {
  const parsed = parseLine(line);
  if (output.json) await output.emit(parsed);
  else if (parsed.task === undefined) await output.print(parsed.text);
  else {
    const { style } = output;
    const time = timestamps ? `${style.faint(parsed.at)} ` : '';
    await output.print(`${time}${style.accent(parsed.task)} ${style.faint('│')} ${parsed.text}`);
  }
}

type LogLine = { at: string; task: string; text: string } | { task?: undefined; text: string };

function parseLine(line: string): LogLine {
  const [, at, task, text = ''] = /^(\S+T\S+) (\S+)(?: (.*))?$/s.exec(line) ?? [];
  return at === undefined || task === undefined ? { text: line } : { at, task, text };
}
