import { z } from 'zod';
import { endpoint } from './endpoint.ts';
import { Flag, ProjectQuery, ServiceParams } from './names.ts';
import { SESSION_PROTOCOL } from './session.ts';
import { TaskName } from './task-name.ts';

const WORD = 'expected text without zero bytes';
const Word = z.string(WORD).refine((text) => !text.includes('\0'), WORD);

/** `cmd=ls&cmd=-l`: a program and its arguments, in order. */
const Command = z
  .union(
    [Word, z.array(Word).max(1000, 'expected at most 1000 words')],
    'expected cmd, once for each word of the command',
  )
  .transform((words): readonly string[] => (typeof words === 'string' ? [words] : words))
  .refine(([program = '']) => program !== '', 'expected a program as the first cmd')
  .meta({ description: 'the program, then each argument: repeat it. No shell splits it' });

const Terminal = Flag.optional().meta({
  description: 'with a terminal: one stream of output, sizes, Ctrl-C as a byte',
});

/** Arguments may hold secrets: of a command the audit log has the program alone. */
const aboutCommand = ({ cmd, ...rest }: { readonly cmd: readonly string[] }) => ({
  ...rest,
  program: cmd[0],
  arguments: cmd.length - 1,
});

const session = {
  method: 'GET',
  access: 'admin',
  params: ServiceParams,
  response: z.string().meta({ description: `a WebSocket of the subprotocol ${SESSION_PROTOCOL}` }),
  produces: 'websocket',
  answers: [101],
  changes: true,
} as const;

/** Runs a command in a container of the service. */
export const exec = endpoint({
  ...session,
  path: '/api/v1/services/{name}/exec',
  summary: 'Run a command in a running container of a service, attached to it by a WebSocket',
  query: ProjectQuery.extend({ cmd: Command, task: TaskName.optional(), tty: Terminal }),
  auditedQuery: aboutCommand,
});

/** Runs a command in a container of its own. */
export const run = endpoint({
  ...session,
  path: '/api/v1/services/{name}/run',
  summary: 'Run a command in a new container of a service, attached to it by a WebSocket; it is removed at the end',
  query: ProjectQuery.extend({ cmd: Command, tty: Terminal }),
  auditedQuery: aboutCommand,
});
