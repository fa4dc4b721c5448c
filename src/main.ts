import { realpathSync } from 'node:fs';
import { inspect } from 'node:util';
import type { JoinConfig } from './config/agent.ts';
import { type Invocation, readConfig } from './config.ts';
import { type ErrorCode, OrcaError } from './core/errors.ts';

/** Longest that an ordered stop may take before the process ends anyway, ms. */
const STOP_LIMIT = 90_000;

interface Running {
  stop(): Promise<void>;
}

/** `main.ts server ...`, `ingress ...`, `agent ...`: runs until a signal ends it. `main.ts join ...`: makes this machine a node. */
const main = async (argv: readonly string[]): Promise<void> => {
  const invocation = readConfig(argv);
  if (invocation.action === 'help') process.stdout.write(invocation.text);
  else if (invocation.action === 'stop') await stop(invocation);
  else if (invocation.action === 'join') await join(invocation.config);
  else if (!invocation.dataNamed) nameDataFolder(argv, invocation.config.data);
  else await serve(invocation);
};

type Serve = Extract<Invocation, { action: 'serve' }>;

const serve = async (invocation: Serve): Promise<void> => serveUntilStopped(await start(invocation));

const serveUntilStopped = (running: Running): void => {
  let signals = 0;
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.on(signal, () => {
      signals += 1;
      if (signals > 1 && signal === 'SIGINT') process.exit(130);
      if (signals === 1) void end(running);
    });
  }
  process.on('SIGHUP', () => {}); // the terminal it was started from may close
};

/** Each process loads only its own modules. */
const start = async (invocation: Serve): Promise<Running> => {
  if (invocation.role === 'server') {
    const { runServer } = await import('./server.ts');
    return await runServer(invocation.config, { entry: entry() });
  }
  if (invocation.role === 'agent') {
    const { runAgent } = await import('./agent.ts');
    return await runAgent(invocation.config, { entry: entry() });
  }
  const { runIngress } = await import('./ingress.ts');
  return await runIngress(invocation.config);
};

const end = async (running: Running): Promise<void> => {
  setTimeout(() => process.exit(1), STOP_LIMIT).unref();
  try {
    await running.stop();
    process.exit(0);
  } catch (error) {
    fail(error);
  }
};

/** Ends with the join, or goes on as the agent. */
const join = async (config: JoinConfig): Promise<void> => {
  const { runJoin } = await import('./join.ts');
  const agent = await runJoin(config, {
    entry: entry(),
    stdin: process.stdin,
    say: (text) => process.stdout.write(text),
  });
  if (agent) serveUntilStopped(agent);
};

const stop = async ({ role, data, all }: Extract<Invocation, { action: 'stop' }>): Promise<void> => {
  const { stopProcesses } = await import('./stop.ts');
  await stopProcesses({ role, data, all, say: (line) => process.stdout.write(`${line}\n`) });
};

/** Every process of orca names its data folder on its command line, so that it can be found: the same process, begun again. */
const nameDataFolder = ([role = '', ...flags]: readonly string[], data: string): void => {
  process.execve?.(process.execPath, [process.execPath, ...process.execArgv, entry(), role, '--data', data, ...flags]);
};

const entry = (): string => realpathSync(process.argv[1] ?? '');

/** An expected failure is told in a sentence; anything else is a bug, told whole. */
const fail = (error: unknown): never => {
  process.stderr.write(error instanceof OrcaError ? sentence(error) : `orca: this is a bug: ${inspect(error)}\n`);
  const expected = error instanceof OrcaError ? EXIT_CODES[error.code] : undefined;
  process.exit(expected ?? 1);
};

const EXIT_CODES: Partial<Record<ErrorCode, number>> = { timeout: 7, conflict: 8, forbidden: 9, unauthorized: 9 };

const sentence = ({ message, hint, details }: OrcaError): string => {
  const problems = details?.['problems'];
  const lines = Array.isArray(problems)
    ? ['orca: the settings are not valid:', ...problems.map((problem) => `  ${problem}`)]
    : [`orca: ${message}`];
  return [...lines, ...(hint === undefined ? [] : [`hint: ${hint}`]), ''].join('\n');
};

process.on('uncaughtException', fail);
process.on('unhandledRejection', fail);
await main(process.argv.slice(2)).catch(fail);
