import { PassThrough, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Headers } from 'tar-stream';
import { OrcaError } from '../../core/errors.ts';

export type TarEntry = Headers;

/**
 * Reads an archive, one entry after the other; nothing is read ahead of what is handled.
 *
 * @throws OrcaError `invalid` for what is no archive or ends too early; what handling an entry throws
 */
export async function readTar(
  bytes: AsyncIterable<Uint8Array>,
  onEntry: (entry: TarEntry, content: AsyncIterable<Uint8Array>) => Promise<void>,
): Promise<void> {
  const parser = extract();
  let refused: unknown;
  parser.on('entry', (entry, content, next) => {
    onEntry(entry, leavable(content)).then(
      () => {
        content.resume();
        next();
      },
      (error: unknown) => {
        refused = error;
        parser.destroy(error as Error);
      },
    );
  });
  const whole = ended(bytes);
  try {
    await pipeline(whole.bytes, parser);
  } catch (error) {
    if (refused !== undefined) throw refused;
    if (error instanceof Error && /^(Invalid tar header|Unexpected end of data)/.test(error.message))
      throw notWhole(error);
    throw error;
  }
  if (!whole.isEnded()) throw notWhole();
}

/** The library's streams never answer a reader that leaves in the middle. */
function leavable(content: Readable): PassThrough {
  const passed = new PassThrough();
  content.once('close', () => content.readableEnded || passed.destroy());
  return content.pipe(passed);
}

/** Two blocks of zeros end an archive. */
const END = 1024;

function ended(bytes: AsyncIterable<Uint8Array>) {
  let zeros = 0;
  async function* passed(): AsyncGenerator<Uint8Array> {
    for await (const chunk of bytes) {
      const last = chunk.findLastIndex((byte) => byte !== 0);
      zeros = last < 0 ? zeros + chunk.length : chunk.length - 1 - last;
      yield chunk;
    }
  }
  return { bytes: passed(), isEnded: () => zeros >= END };
}

const notWhole = (cause?: unknown): OrcaError =>
  new OrcaError('unavailable', 'the archive is not whole', { cause, hint: 'nothing was copied: copy it again' });
