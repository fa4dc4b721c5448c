import { setTimeout as sleep } from 'node:timers/promises';
import type { Client } from '../../src/client/client.ts';
import type { AuthoritiesBody } from '../../src/contract/node-authorities.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { list } from '../output/words.ts';
import { confirmed, type Session } from '../session.ts';

export interface RotateCaOptions {
  readonly finish?: boolean;
  readonly yes?: boolean;
}

const LOOK_EVERY = 1_000;

/**
 * Begins, or goes on with, the replacement of the CA, and waits for the nodes that are up. One that is away gets its certificate when it is
 * back: until then the old CA stays.
 */
export async function rotateCa(session: Session, { finish, yes }: RotateCaOptions): Promise<ExitCode> {
  const client = await session.client();
  if (finish) return drop(session, client, yes);
  const before = await client.authorities();
  if (before.authorities.length < 2) await client.rotateAuthority({});
  const told = new Set<string>();
  for (;;) {
    const now = await client.authorities();
    const { output } = session;
    const away = now.waiting_for.filter(({ status }) => status === 'down').map(({ name }) => name);
    if (isOver(now)) {
      await (output.json
        ? output.emit(now)
        : output.print('all nodes have certificates of the new CA; the old one is dropped'));
      return EXIT.done;
    }
    if (away.length > 0 && away.length === now.waiting_for.length) return waits(session, now, away);
    const names = list(now.waiting_for.map(({ name }) => name));
    if (!told.has(names)) output.note(`waiting for ${names}`);
    told.add(names);
    await sleep(LOOK_EVERY, undefined, { signal: session.interrupted });
  }
}

const isOver = ({ authorities }: AuthoritiesBody): boolean => authorities.length < 2;

async function waits({ output }: Session, now: AuthoritiesBody, away: readonly string[]): Promise<ExitCode> {
  if (output.json) await output.emit(now);
  else
    await output.print(
      `the new CA signs; the old one stays until ${list(away)} ${away.length === 1 ? 'is' : 'are'} back, and is dropped then`,
    );
  output.note('to drop it now: orca node rotate-ca --finish; nodes that are away have to join again then');
  return EXIT.failed;
}

async function drop(session: Session, client: Client, yes: boolean | undefined): Promise<ExitCode> {
  const { waiting_for: waiting } = await client.authorities();
  const names = list(waiting.map(({ name }) => name));
  const question = `drop the old CA? ${names} ${waiting.length === 1 ? 'has' : 'have'} to join again`;
  if (waiting.length > 0 && !(await confirmed(session, question, yes))) return EXIT.failed;
  const now = await client.rotateAuthority({ finish: true });
  await (session.output.json ? session.output.emit(now) : session.output.print('the old CA is dropped'));
  return EXIT.done;
}
