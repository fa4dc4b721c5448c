/** Classes of bytes, by code: 1 where the byte belongs to the class. */
export type ByteClass = Uint8Array;

const DIGITS = '0123456789';
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The only characters a field name may have here: one spelling of every header, no aliases by `_` or `.`. */
export const NAME = classOf(`${LETTERS}${DIGITS}-`);
/** tchar, RFC 9110 section 5.6.2. */
export const TOKEN = classOf(`${LETTERS}${DIGITS}!#$%&'*+-.^_\`|~`);
/** What a field value may hold: HTAB, SP, VCHAR, obs-text (RFC 9110 section 5.5). */
export const VALUE = classWhere((code) => code === 0x09 || (code >= 0x20 && code !== 0x7f));

function classOf(characters: string): ByteClass {
  return classWhere((code) => characters.includes(String.fromCharCode(code)));
}

function classWhere(test: (code: number) => boolean): ByteClass {
  return Uint8Array.from({ length: 256 }, (_, code) => (test(code) ? 1 : 0));
}

export function isToken(text: string): boolean {
  for (let at = 0; at < text.length; at++) if (TOKEN[text.charCodeAt(at)] !== 1) return false;
  return text.length > 0;
}
