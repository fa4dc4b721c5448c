import type { ErrorCode } from '../../core/errors.ts';
import type { Endpoint } from '../endpoint.ts';
import { ERROR_STATUS } from '../error-status.ts';
import { errorsOf, INTERNAL } from '../errors-of.ts';
import { ProgressLine } from '../progress.ts';
import type { Example } from './example.ts';
import { SAID } from './said.ts';
import { schemaOf } from './schema.ts';

type Code = ErrorCode | typeof INTERNAL;

const statusOf = (code: Code): number => (code === INTERNAL ? 500 : ERROR_STATUS[code]);

/** Every status that it answers, and what with. */
export function responses(endpoint: Endpoint, example: Example | undefined): Record<string, unknown> {
  const codes = Map.groupBy<number, Code>([...errorsOf(endpoint), INTERNAL], statusOf);
  const errors = [...codes].sort(([a], [b]) => a - b).map(([status, of]) => [status, errorResponse(status, of)]);
  const answers = endpoint.answers.map((status) => [status, answer(endpoint, status, example)]);
  return { ...Object.fromEntries([...answers, ...errors]), default: errorResponse(0, []) };
}

const REQUEST_ID = { 'X-Request-Id': { $ref: '#/components/headers/RequestId' } };
const RETRY = { 'Retry-After': { $ref: '#/components/headers/RetryAfter' } };

const answer = (endpoint: Endpoint, status: number, example: Example | undefined) => ({
  description: DESCRIPTIONS[status] ?? 'done',
  headers: REQUEST_ID,
  content: contentOf(endpoint, example),
});

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  101: 'switched to a WebSocket',
  200: 'done',
  201: 'made',
  202: 'written down, and not waited for',
  206: 'some of it done; the body says which',
};

function contentOf({ produces, response }: Endpoint, example: Example | undefined): Record<string, unknown> {
  const schema = schemaOf(response, 'output');
  const whole = { schema, ...(example?.answer === undefined ? {} : { example: example.answer }) };
  if (produces === 'text') return { 'text/plain': whole };
  if (produces === 'websocket') return { 'application/octet-stream': whole };
  if (produces === 'sse') return { 'text/event-stream': whole };
  const json = { 'application/json': whole };
  return produces === 'json' ? json : { ...json, 'application/x-ndjson': { schema: schemaOf(ProgressLine, 'output') } };
}

/** @param codes none: of whatever is refused before it is known to be a request of this kind */
const errorResponse = (status: number, codes: readonly Code[]) => ({
  description: codes.length === 0 ? 'not done; the body says why and what to do next' : codes.map(meaningOf).join('; '),
  headers: status === 429 || status === 503 ? { ...REQUEST_ID, ...RETRY } : REQUEST_ID,
  content: {
    'application/json': {
      schema: { $ref: '#/components/schemas/Error' },
      ...(codes.length === 0 ? {} : { examples: Object.fromEntries(codes.map((code) => [code, exampleRef(code)])) }),
    },
  },
});

const exampleRef = (code: Code) => ({ $ref: `#/components/examples/${code}` });

/** For `components`: each code once. */
export const errorExamples = (): Record<string, unknown> =>
  Object.fromEntries(
    Object.entries(SAID).map(([code, said]) => [
      code,
      { summary: MEANINGS[code as Code], value: { ...said, code, request_id: '6d1f0c8a2b3e-1k' } },
    ]),
  );

const meaningOf = (code: Code): string => `\`${code}\`: ${MEANINGS[code]}`;

const MEANINGS: Readonly<Record<Code, string>> = {
  malformed: 'not readable as what it should be',
  unauthorized: 'no token, a wrong one, or one that has expired',
  forbidden: 'the role or the projects of the token do not reach, or the Host or Origin is not allowed',
  not_found: "unknown, or not the caller's to see",
  conflict: 'the name is ambiguous, or something else stands in the way',
  too_large: 'more than may be sent, or told',
  invalid: 'understood, but not a valid wish',
  deploy_failed: 'nothing of the request was deployed',
  unplaceable: 'no node can take it',
  too_many: 'too many wrong credentials from this address',
  not_yet_supported: 'a later release brings it',
  unavailable: 'not now',
  timeout: 'it took too long; the outcome is unknown',
  internal: "a bug; the server's log says more",
};
