import { OrcaError } from '../src/core/errors.ts';
import { readEnvironment } from './environment.ts';
import { EXIT, type ExitCode, exitCodeOf } from './exit-codes.ts';
import { Interrupted, watchInterrupts } from './interrupt.ts';
import { showBug, showError } from './output/error.ts';
import { createOutput, type OutputFlags } from './output/output.ts';
import { createProgram } from './program.ts';
import { createSession } from './session.ts';
import { VERBS } from './verbs.ts';

/** The entry of the CLI: `orca VERB ...`, for every verb but the processes'. */
const { stdin, stdout, stderr } = process;
const env = readEnvironment();
const interrupted = watchInterrupts();
const outputFor = (flags: OutputFlags) => createOutput(flags, env, { stdout, stderr });

/** Whoever reads us may stop reading (`orca ps | head -1`): nothing is left to say then. */
for (const stream of [stdout, stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    process.exit(error.code === 'EPIPE' ? EXIT.done : EXIT.failed);
  });
}

const program = createProgram({
  verbs: VERBS,
  open: (flags) => createSession({ flags, output: outputFor(flags), env, interrupted, stdin }),
  write: (text) => stdout.write(text),
});
const argv = process.argv.slice(2);
process.exitCode = await program.run(argv).catch(report);

function report(error: unknown): ExitCode {
  if (interrupted.aborted || error instanceof Interrupted) return EXIT.interrupted;
  const output = outputFor({ json: argv.includes('--json'), color: !argv.includes('--no-color') });
  if (error instanceof OrcaError) {
    showError(error, output);
    return exitCodeOf(error.code);
  }
  showBug(error, output);
  return EXIT.failed;
}
