import { spawnSync } from 'node:child_process';
import type { RawStreams } from '../session.ts';

interface Size {
  readonly rows: number;
  readonly cols: number;
}

/** A person sits at both ends. */
export const isTerminal = ({ stdin, stdout }: Pick<RawStreams, 'stdin' | 'stdout'>): boolean =>
  stdin.isTTY === true && stdout.isTTY === true;

/**
 * Hands every key to another process, Ctrl-C too, and tells it the terminal's size, now and when it changes.
 *
 * @returns gives the terminal back; it is given back at the end of this process, too
 */
export function takeTerminal(
  { stdin, stdout }: Pick<RawStreams, 'stdin' | 'stdout'>,
  onSize: (size: Size) => void,
): () => void {
  const tellSize = () => {
    if (stdout.columns > 0 && stdout.rows > 0) onSize({ rows: stdout.rows, cols: stdout.columns });
  };
  const giveBack = () => {
    stdin.setRawMode(false);
    stdout.off('resize', tellSize);
    process.off('exit', giveBack);
  };
  stdin.setRawMode(true);
  leaveLineFeeds();
  stdout.on('resize', tellSize);
  process.once('exit', giveBack);
  tellSize();
  return giveBack;
}

/**
 * The process writes to a terminal of its own, which has made line ends of its line feeds already: a bare one moves the cursor
 * down, and must arrive as it is. Node's raw mode still adds a carriage return (termios(3), ONLCR).
 */
const leaveLineFeeds = (): void => void spawnSync('stty', ['-onlcr'], { stdio: ['inherit', 'ignore', 'ignore'] });
