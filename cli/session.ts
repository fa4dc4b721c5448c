import { once } from 'node:events';
import { type Client, createClient } from '../src/client/client.ts';
import { socketPathOf } from '../src/client/unix-address.ts';
import { askSecret, type SecretForm } from './ask-secret.ts';
import { type Context, resolveContext } from './context.ts';
import type { Environment } from './environment.ts';
import { usage } from './output/error.ts';
import type { Output } from './output/output.ts';
import { trustedSocket } from './trusted-socket.ts';
import { CLIENT_VERSION } from './version.ts';

/** Flags every verb takes. */
export interface GlobalFlags {
  readonly json?: boolean | undefined;
  readonly quiet?: boolean | undefined;
  readonly color?: boolean | undefined;
  readonly api?: string | undefined;
  readonly context?: string | undefined;
  readonly data?: string | undefined;
}

/** What a verb works with. */
export interface Session {
  readonly output: Output;
  readonly env: Environment;
  /** Aborted by Ctrl-C, with `Interrupted` as its reason; every call of the client ends with it. */
  readonly interrupted: AbortSignal;
  readonly now: () => number;
  /** A person sits at it: questions can be asked. */
  readonly interactive: boolean;
  context(): Promise<Context>;
  client(options?: ClientOptions): Promise<Client>;
  /** Asks on the terminal; anything but y or yes is no, the end of the input too. Only where `interactive`. */
  ask(question: string): Promise<boolean>;
  /** The streams of this process as they are, for what is carried through them byte by byte. */
  readonly streams: RawStreams;
  /** What is piped in; on a terminal it is asked for, and not shown. */
  askSecret(question: string, form?: SecretForm): Promise<string>;
}

export interface RawStreams {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
}

export interface ClientOptions {
  /** For what has no end: its calls also end once nobody reads stdout, with `Unread` as their reason. */
  readonly whileRead?: boolean | undefined;
  /** All of its calls end after this, ms. */
  readonly within?: number | undefined;
}

export interface SessionInput {
  readonly flags: GlobalFlags;
  readonly output: Output;
  readonly env: Environment;
  readonly interrupted: AbortSignal;
  /** Aborted once nobody reads stdout. */
  readonly unread: AbortSignal;
  readonly streams: RawStreams;
}

export function createSession({ flags, output, env, interrupted, unread, streams }: SessionInput): Session {
  const { stdin, stderr } = streams;
  let context: Promise<Context> | undefined;
  const resolve = () => {
    context ??= resolveContext(flags, env);
    return context;
  };
  return {
    output,
    env,
    interrupted,
    now: Date.now,
    interactive: stdin.isTTY === true && stderr.isTTY === true && !output.json,
    streams,
    context: resolve,
    client: async ({ whileRead = false, within } = {}) => {
      const { api, token } = await resolve();
      const path = socketPathOf(api);
      const socketPath = path === undefined ? undefined : trustedSocket(path);
      const signal = AbortSignal.any([
        interrupted,
        ...(whileRead ? [unread] : []),
        ...(within === undefined ? [] : [AbortSignal.timeout(within)]),
      ]);
      return createClient({ api, socketPath, token, signal, agent: `orca/${CLIENT_VERSION}` });
    },
    ask: (question) => ask(question, { stdin, output, interrupted }),
    askSecret: (question, form) => askSecret(question, { stdin, say: (text) => stderr.write(text), interrupted }, form),
  };
}

interface Asking extends Pick<SessionInput, 'output' | 'interrupted'> {
  readonly stdin: NodeJS.ReadStream;
}

async function ask(question: string, { stdin, output, interrupted }: Asking) {
  const { createInterface } = (await import('node:readline/promises')).default;
  const lines = createInterface({ input: stdin, output: process.stderr, terminal: false });
  try {
    const answer = await Promise.race([
      lines.question(`${question} [y/N] `, { signal: interrupted }),
      once(lines, 'close', { signal: interrupted }).then(() => undefined),
    ]);
    // Ctrl-D answers nothing, and leaves the cursor behind the question.
    if (answer === undefined) output.alert('');
    return /^y(es)?$/i.test(answer?.trim() ?? '');
  } catch (error) {
    interrupted.throwIfAborted();
    throw error;
  } finally {
    lines.close();
  }
}

/**
 * Before something that takes services away: on a terminal asks, unless it was `given`; elsewhere it must be. A no is told.
 * @returns whether to go on
 */
export async function confirmed(session: Session, question: string, given: boolean | undefined): Promise<boolean> {
  if (given) return true;
  if (!session.interactive) throw usage('this needs a yes, and there is no terminal to ask on', 'add --yes');
  const { source, api } = await session.context();
  const yes = await session.ask(`${question} (${source}: ${api})`);
  if (!yes) session.output.alert('nothing was changed');
  return yes;
}
