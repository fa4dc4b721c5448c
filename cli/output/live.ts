import { fit } from './width.ts';

/** A terminal as far as redrawing in place needs it. */
export interface LiveStream {
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string): unknown;
}

/** Lines at the bottom of the terminal that are drawn again in place. Only for a TTY. */
export interface Live {
  /** Replaces what is shown. Lines are cut to the terminal's width, so a line is one row. */
  show(lines: readonly string[]): void;
  /** Prints lines for good, above what is shown. */
  above(lines: readonly string[]): void;
  /** Leaves what is shown where it is and goes on below. */
  end(): void;
}

export function createLive(stream: LiveStream): Live {
  let shown: readonly string[] = [];

  const wipe = () => (shown.length === 0 ? '' : `\u001b[${shown.length}A\u001b[J`);
  const draw = (before: string, lines: readonly string[]) => {
    const text = before + lines.map((line) => `${line}\n`).join('');
    if (text !== '') stream.write(text);
    shown = lines;
  };

  return {
    show: (lines) => {
      const next = clip(lines, stream);
      if (next.length !== shown.length || next.some((line, index) => line !== shown[index])) draw(wipe(), next);
    },
    above: (lines) => draw(wipe() + lines.map((line) => `${line}\n`).join(''), shown),
    end: () => {
      shown = [];
    },
  };
}

/** Never more rows than the terminal has: what scrolled away cannot be drawn again. One that does not know its size says 0. */
function clip(lines: readonly string[], stream: LiveStream): string[] {
  const [columns, rows] = [stream.columns || 80, stream.rows || 24];
  const most = Math.max(1, rows - 2);
  const kept = lines.length <= most ? lines : [...lines.slice(0, most - 1), `… and ${lines.length - most + 1} more`];
  return kept.map((line) => fit(line, columns - 1));
}
