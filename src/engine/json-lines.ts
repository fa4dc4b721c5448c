import { StringDecoder } from 'node:string_decoder';

/** Longest line that Docker's streams of JSON are read with, characters; its own are a few hundred. */
const MAX_LINE = 1024 * 1024;

/** Docker's streams of JSON documents, one a line: events and pull progress. */
export async function* readJsonLines(source: AsyncIterable<Uint8Array>): AsyncGenerator<unknown> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of source) {
    const lines = (rest + decoder.write(chunk)).split('\n');
    rest = lines.pop() ?? '';
    if (rest.length > MAX_LINE) throw new Error('a line from docker is too long');
    for (const line of lines) if (line.trim() !== '') yield JSON.parse(line);
  }
  if (rest.trim() !== '') yield JSON.parse(rest);
}
