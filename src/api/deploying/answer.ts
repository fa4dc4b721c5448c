import type { ProgressLine } from '../../contract/progress.ts';
import type { Reply } from '../reply.ts';
import type { Admitting } from './admitting.ts';
import type { Deploying } from './deploy.ts';

/** Of a call that deploys. */
interface Waiting {
  readonly query: { readonly wait?: boolean | undefined };
  readonly wantsLines: boolean;
  readonly signal: AbortSignal;
  readonly requestId: string;
}

/** The answer of whatever deploys: lines where they are asked for, else how it ended, or that it has begun. */
export async function answerDeploy(
  deploying: Deploying,
  admitting: Admitting,
  { query, wantsLines, signal, requestId }: Waiting,
): Promise<Reply> {
  const waited = query.wait !== false;
  if (wantsLines) {
    const lines = deploying.follow(admitting, { waited, signal, requestId });
    return { status: 200, type: 'application/x-ndjson', stream: asLines(lines, requestId) };
  }
  await admitting.done;
  if (waited) await deploying.wait(admitting.admitted, signal);
  const body = await deploying.result(admitting.admitted, waited);
  return { status: body.status, body };
}

/** The last line has what the body of an answer would have. */
async function* asLines(lines: AsyncIterable<ProgressLine>, requestId: string): AsyncGenerator<string> {
  for await (const line of lines) {
    const isError = line.type === 'result' && line.error !== undefined;
    yield `${JSON.stringify(isError ? { ...line, request_id: requestId } : line)}\n`;
  }
}
