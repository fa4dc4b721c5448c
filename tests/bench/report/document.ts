import { readFileSync, writeFileSync } from 'node:fs';

/**
 * Replaces what stands between `<!-- bench: NAME -->` and `<!-- end -->` in a page, for each name given; other sections
 * and the words around them stay.
 * @throws Error for a name that the page has no place for
 */
export function refresh(page: string, sections: ReadonlyMap<string, string>): void {
  let text = readFileSync(page, 'utf8');
  for (const [name, body] of sections) {
    const place = new RegExp(`(<!-- bench: ${name} -->\n)[^]*?(<!-- end -->)`);
    if (!place.test(text)) throw new Error(`${page} has no place for ${name}`);
    text = text.replace(place, (_, begin: string, end: string) => `${begin}${body}\n${end}`);
  }
  writeFileSync(page, text);
}
