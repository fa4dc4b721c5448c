import { request as httpRequest, type IncomingHttpHeaders } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { isIP } from 'node:net';

export interface GetOptions {
  readonly headers: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
  /** Of `host` or `host:port`; rejects for one that may not be asked. */
  readonly addressOf: (place: string) => Promise<string>;
}

export interface Got {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

/** Of a body: manifests and configs of images are some KiB, of absurd ones some hundred. */
const MOST = 4 * 1024 * 1024;

/** One GET, to the address that was looked at; no redirect is followed. @throws Error */
export async function get(url: URL, { headers, signal, addressOf }: GetOptions): Promise<Got> {
  const address = await addressOf(url.host);
  const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
  const lookup: NonNullable<Parameters<typeof httpRequest>[1]>['lookup'] = (_host, { all }, told) => {
    const found = { address, family: isIP(address) };
    if (all) told(null, [found]);
    else told(null, found.address, found.family);
  };
  return new Promise((resolve, reject) => {
    const sent = send(url, { headers, signal, lookup, agent: false }, (answer) => {
      const chunks: Buffer[] = [];
      let size = 0;
      answer.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MOST) answer.destroy(new Error(`${url.host} answered more than ${MOST} bytes`));
        else chunks.push(chunk);
      });
      answer.on('error', reject);
      answer.on('end', () =>
        resolve({ status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(chunks).toString() }),
      );
    });
    sent.on('error', reject);
    sent.end();
  });
}
