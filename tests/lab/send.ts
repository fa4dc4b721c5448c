import { type RequestOptions, request } from 'node:http';

export interface Answered {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly body: string;
}

/** One request on a connection of its own, and its whole answer. `timeout`: ms of silence. Rejects if there is none, or a part. */
export function send(options: RequestOptions, body?: string): Promise<Answered> {
  return new Promise((done, failed) => {
    const call = request({ ...options, agent: false }, (response) => {
      let text = '';
      response.on('data', (chunk) => {
        text += chunk;
      });
      response.on('end', () => done({ status: response.statusCode ?? 0, headers: response.headers, body: text }));
      response.on('error', failed);
    });
    call.on('timeout', () => call.destroy(new Error(`no answer in ${options.timeout} ms`)));
    call.on('error', failed);
    call.end(body);
  });
}
