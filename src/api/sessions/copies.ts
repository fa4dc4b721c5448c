import { PassThrough, type Readable, Writable } from 'node:stream';
import { OrcaError } from '../../core/errors.ts';
import type { ArchiveStream } from '../../engine/copy.ts';
import type { AttachedProcess } from '../../engine/process.ts';

const nothing = async (): Promise<void> => undefined;

/** An archive that is read, as a process that writes it: so that a session can carry it. */
export function readingProcess({ bytes, close }: ArchiveStream): AttachedProcess {
  return {
    output: asOutput(bytes),
    stdin: new Writable({ write: (_chunk, _encoding, done) => done() }),
    resize: nothing,
    signal: nothing,
    exitCode: async () => 0,
    close,
  };
}

async function* asOutput(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<{ stream: 'stdout'; bytes: Uint8Array }> {
  for await (const chunk of bytes) yield { stream: 'stdout', bytes: chunk };
}

/**
 * An archive that is written, as a process that reads it. Only the end of stdin is the end of the archive: where the client goes
 * before, it is broken off, and the engine knows that it is not whole.
 */
export function writingProcess(write: (archive: Readable, signal: AbortSignal) => Promise<void>): AttachedProcess {
  const [stdin, left] = [new PassThrough(), new AbortController()];
  stdin.on('error', () => undefined);
  const written = write(stdin, left.signal);
  written.catch(() => undefined); // told by the output
  return {
    output: afterwards(written),
    stdin,
    resize: nothing,
    signal: nothing,
    exitCode: async () => {
      await written;
      return 0;
    },
    close: () => left.abort(gone()),
  };
}

// biome-ignore lint/correctness/useYield: it writes nothing, and ends with what is written
async function* afterwards(written: Promise<void>): AsyncGenerator<never> {
  await written;
}

const gone = (): OrcaError => new OrcaError('unavailable', 'the client has gone before the end of the archive');
