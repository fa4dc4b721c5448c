import { spawn } from 'node:child_process';
import { once } from 'node:events';

/** A load that runs in a process of its own. */
export interface Load<Outcome> extends AsyncDisposable {
  /** Ends the load, waits for what is open, and tells what it saw. */
  stop(): Promise<Outcome>;
}

/** Starts a generator: it prints `ready`, runs until SIGTERM, and prints what it saw as JSON. Resolves when it is ready. */
export async function startGenerator<Outcome>(program: string, args: readonly string[]): Promise<Load<Outcome>> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const kill = () => void child.kill('SIGKILL');
  process.once('exit', kill);
  let output = '';
  child.stdout.on('data', (chunk) => {
    output += chunk;
  });
  await once(child.stdout, 'data');
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    }
    process.off('exit', kill);
    return JSON.parse(output.slice(output.indexOf('{'))) as Outcome;
  };
  return { stop, [Symbol.asyncDispose]: async () => void (await stop()) };
}
