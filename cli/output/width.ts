import { stripVTControlCharacters } from 'node:util';

/** Columns a terminal needs for the text: escape sequences and combining marks none, wide characters two. */
export function displayWidth(text: string): number {
  const plain = stripVTControlCharacters(text);
  if (/^[\x20-\x7e]*$/.test(plain)) return plain.length;
  return graphemes(plain).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
}

/** The text padded with spaces to `columns`; longer text is left as it is. */
export function pad(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const space = ' '.repeat(Math.max(0, columns - displayWidth(text)));
  return align === 'right' ? space + text : text + space;
}

/** The text cut to `columns`, with `…` in place of what is gone. Styles that were open at the cut are closed. */
export function fit(text: string, columns: number): string {
  if (displayWidth(text) <= columns) return text;
  let left = columns - 1;
  let cut = '';
  for (const piece of text.split(ESCAPE)) {
    if (piece.startsWith('\u001b')) {
      cut += piece;
      continue;
    }
    for (const grapheme of graphemes(piece)) {
      left -= graphemeWidth(grapheme);
      if (left < 0) return `${cut}…${cut.includes('\u001b') ? RESET : ''}`;
      cut += grapheme;
    }
  }
  return cut;
}

/**
 * Text of others (log lines, container output, messages) made safe to show: escape sequences and control characters
 * go, so nothing in it can move the cursor, restyle the terminal, or show what comes after it in another order.
 */
export const harmless = (text: string): string => withoutControls(text).trimEnd();

/** The same of text that is styled already: styles stay, and they alone. */
export const harmlessStyled = (text: string): string =>
  text
    .split(ESCAPE)
    .map((piece, at) => (at % 2 === 1 ? piece : withoutControls(piece)))
    .join('');

const withoutControls = (text: string): string => stripVTControlCharacters(text).replaceAll(CONTROL, ' ');

const RESET = '\u001b[0m';
// biome-ignore lint/suspicious/noControlCharactersInRegex: escape sequences are what it is about
const ESCAPE = /(\u001b\[[0-9;]*m)/;
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what it is about
const CONTROL = /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g;

/** East Asian Wide and Fullwidth (Unicode TR11), by block. */
const WIDE =
  /^[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{20000}-\u{3fffd}]/u;

function graphemeWidth(grapheme: string): number {
  if (/^[\p{M}\p{Cf}\p{Cc}]+$/u.test(grapheme)) return 0;
  return WIDE.test(grapheme) || /\p{Emoji_Presentation}|\ufe0f/u.test(grapheme) ? 2 : 1;
}

const graphemes = (text: string): string[] =>
  Array.from(new Intl.Segmenter('en', { granularity: 'grapheme' }).segment(text), ({ segment }) => segment);
