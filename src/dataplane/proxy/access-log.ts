/** One request, as the access log tells it. */
export interface AccessRecord {
  /** Epoch ms of the request's head. */
  readonly time: number;
  /** From the request's head to the end of its answer. */
  readonly ms: number;
  readonly id: string;
  readonly client: string;
  /** By which it came in here. */
  readonly scheme: 'http' | 'https';
  readonly method: string;
  readonly host: string;
  readonly path: string;
  /** Sent to the client; 499 where it left before one was, 0 where nobody was left to answer. */
  readonly status: number;
  /** Body bytes from and to the client. */
  readonly in: number;
  readonly out: number;
  readonly service: string;
  readonly task: string;
  /** Targets tried. */
  readonly tries: number;
  /** Of the proxy's own answers, and of answers that were cut; '' otherwise. */
  readonly error: string;
}

/** One JSON object, without a newline. Concatenated: this runs once per request. */
export const accessLine = (record: AccessRecord): string =>
  `{"time":${record.time},"ms":${record.ms},"id":${quote(record.id)},"client":"${record.client}","scheme":"${record.scheme}","method":${quote(record.method)},` +
  `"host":${quote(record.host)},"path":${quote(record.path)},"status":${record.status},"in":${record.in},"out":${record.out},` +
  `"service":${quote(record.service)},"task":${quote(record.task)},"tries":${record.tries},"error":"${record.error}"}`;

const ESCAPED = /["\\]|[^ -~]/;

const quote = (text: string): string => (ESCAPED.test(text) ? JSON.stringify(text) : `"${text}"`);
