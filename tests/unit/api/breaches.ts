import type { Route } from '../../../src/api/route.ts';
import { ErrorBody } from '../../../src/contract/error-body.ts';
import { errorsOf, INTERNAL } from '../../../src/contract/errors-of.ts';

interface Asked {
  readonly method: string;
  readonly target: string;
}

interface Told {
  readonly status: number;
  readonly body: unknown;
  readonly text: string;
}

/** How an answer is none that the contract of its endpoint has: another status, code or shape. */
export function breachesOf(routes: readonly Route[], asked: Asked, { status, body, text }: Told): string[] {
  const endpoint = routes.find(
    ({ endpoint: { method, path } }) => method === asked.method && fits(path, asked.target),
  )?.endpoint;
  if (!endpoint) return [];
  const told = (what: string): string[] => [
    `${asked.method} ${endpoint.path} answered ${status}: ${what}: ${text.slice(0, 300)}`,
  ];
  if (status < 400) {
    if (!endpoint.answers.includes(status)) return told('not among its answers');
    if (endpoint.produces !== 'json' || body === undefined) return [];
    const { error } = endpoint.response.safeParse(body);
    return error ? told(error.message) : [];
  }
  const parsed = ErrorBody.safeParse(body);
  if (!parsed.success) return told('no error body');
  const { code } = parsed.data;
  if (code === INTERNAL || EVERYWHERE.has(status)) return [];
  const known: ReadonlySet<string> = errorsOf(endpoint);
  return known.has(code) ? [] : told(`not among its errors: ${[...known].join(' ')}`);
}

/** See the description of the whole in the document. */
const EVERYWHERE: ReadonlySet<number> = new Set([405, 408, 413, 417, 431]);

const fits = (path: string, target: string): boolean =>
  new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/\{\w+\}/g, '[^/]+')}$`).test(target.split('?')[0] ?? '');
