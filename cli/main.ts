import { OrcaError } from '../src/core/errors.ts';
import { readEnvironment } from './environment.ts';
import { EXIT, exitOfError } from './exit-codes.ts';
import { Interrupted, watchInterrupts } from './interrupt.ts';
import { showBug, showError } from './output/error.ts';
import { createOutput, type OutputFlags } from './output/output.ts';
import { createSink, isUnread, Unread, unwritten } from './output/sink.ts';
import { createProgram } from './program.ts';
import { createSession } from './session.ts';
import { VERBS } from './verbs.ts';

/** The entry of the CLI: `orca VERB ...`, for every verb but the processes'. */
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
  open: (flags) =>
    createSession({ flags, output: outputFor(flags), env, interrupted, unread: unread.signal, streams: process }),
  write: (text) => stdout.write(text),
});
const argv = process.argv.slice(2);
/** What comes after is another program's. */
const own = argv.includes('--') ? argv.slice(0, argv.indexOf('--')) : argv;
// The last write may fail after the verb has ended.
process.once('exit', () => {
  const lost = stdout.lost();
  if (process.exitCode === EXIT.done && lost && !isUnread(lost)) process.exitCode = EXIT.unknown;
});
process.exitCode = await program.run(argv).catch(report);

function outputOfArgv() {
  return outputFor({ json: own.includes('--json'), color: !own.includes('--no-color') });
}

function report(error: unknown): number {
  if (interrupted.aborted || error instanceof Interrupted) return EXIT.interrupted;
  if (error instanceof Unread) return EXIT.done;
  const output = outputOfArgv();
  if (error instanceof OrcaError) {
    showError(error, output);
    return program.verb()?.failsWith ?? exitOfError(error.code, program.verb()?.readsManifest === true);
  }
  showBug(error, output);
  return program.verb()?.failsWith ?? EXIT.failed;
}
