/** One message of `text/event-stream` (WHATWG HTML, section 9.2). */
export interface StreamMessage {
  /** The last id seen so far; it resumes the stream. */
  readonly id: string | undefined;
  readonly event: string;
  readonly data: string;
}

/** Lines of an event stream as messages. Comments and unknown fields are skipped; an unfinished message at the end is dropped. */
export async function* readMessages(lines: AsyncIterable<string>): AsyncGenerator<StreamMessage, void, undefined> {
  let id: string | undefined;
  let event = '';
  let data: string[] = [];
  for await (const line of lines) {
    if (line === '') {
      if (data.length > 0) yield { id, event: event || 'message', data: data.join('\n') };
      event = '';
      data = [];
      continue;
    }
    const { field, value } = split(line);
    if (field === 'id') id = value;
    if (field === 'event') event = value;
    if (field === 'data') data.push(value);
  }
}

function split(line: string): { readonly field: string; readonly value: string } {
  const colon = line.indexOf(':');
  if (colon < 0) return { field: line, value: '' };
  return { field: line.slice(0, colon), value: line.slice(colon + 1).replace(/^ /, '') };
}
