import { run } from './command.ts';
import type { Namespace } from './namespace.ts';

export interface Answer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** A GET from inside the namespace, by a Node of its own. Debian's static busybox crashes in its resolver, and curl may not be there. */
export async function httpGet(namespace: Namespace, url: string, timeout = 3000): Promise<Answer> {
  const argv = [process.execPath, '--input-type=module', '--eval', PROGRAM, url, String(timeout)];
  return JSON.parse(await run(namespace.inside(argv)));
}

const PROGRAM = `
  const response = await fetch(process.argv[1], { signal: AbortSignal.timeout(Number(process.argv[2])) });
  const body = await response.text();
  console.log(JSON.stringify({ status: response.status, headers: Object.fromEntries(response.headers), body }));
`;
