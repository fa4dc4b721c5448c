import { OrcaError } from '../src/core/errors.ts';
import { readEnvironment } from './environment.ts';
import { EXIT, type ExitCode, exitOfError } from './exit-codes.ts';
import { Interrupted, watchInterrupts } from './interrupt.ts';
import { showBug, showError } from './output/error.ts';
import { createOutput, type OutputFlags } from './output/output.ts';
import { createSink, isUnread, Unread, unwritten } from './output/sink.ts';
import { createProgram } from './program.ts';
import { createSession } from './session.ts';
import { VERBS } from './verbs.ts';

/** The entry of the CLI: `orca VERB ...`, for every verb but the processes'. */
const { stdin } = process;
const env = readEnvironment();
const interrupted = watchInterrupts();
const outputFor = (flags: OutputFlags) => createOutput(flags, env, { stdout, stderr });

/** Whoever reads us may stop reading (`orca ps | head -1`): what was begun is still ended, and its exit code still counts. */
const unread = new AbortController();
const stderr = createSink(process.stderr, () => undefined);
const stdout = createSink(process.stdout, (error) => {
  if (isUnread(error)) unread.abort(new Unread('nobody reads any more'));
  else showError(unwritten(error), outputOfArgv());
});

const program = createProgram({
  verbs: VERBS,
  open: (flags) => createSession({ flags, output: outputFor(flags), env, interrupted, unread: unread.signal, stdin }),
  write: (text) => stdout.write(text),
});
const argv = process.argv.slice(2);
// The last write may fail after the verb has ended.
process.once('exit', () => {
  const lost = stdout.lost();
  if (process.exitCode === EXIT.done && lost && !isUnread(lost)) process.exitCode = EXIT.unknown;
});
process.exitCode = await program.run(argv).catch(report);

function outputOfArgv() {
  return outputFor({ json: argv.includes('--json'), color: !argv.includes('--no-color') });
}

function report(error: unknown): ExitCode {
  if (interrupted.aborted || error instanceof Interrupted) return EXIT.interrupted;
  if (error instanceof Unread) return EXIT.done;
  const output = outputOfArgv();
  if (error instanceof OrcaError) {
    showError(error, output);
    return exitOfError(error.code, program.verb()?.readsManifest === true);
  }
  showBug(error, output);
  return EXIT.failed;
}
