import { OrcaError } from '../../core/errors.ts';
import { checkKey, checkRevision, checkText, checkTtl, checkTxn } from '../limits.ts';
import { createCommitter } from './committer.ts';
import { compact, createTidying } from './compact.ts';
import { storeError, toFault } from './fault.ts';
import { fileBytes } from './file.ts';
import { createLeases } from './leases.ts';
import type { Answer, Message, Request, WorkerOptions } from './protocol.ts';
import { readRange } from './read.ts';
import { requireRoom } from './room.ts';
import { openSession } from './session.ts';
import { type Draft, transact } from './transact.ts';
import { createWatchers } from './watchers.ts';

export interface Serving {
  readonly epoch: string;
  receive(message: Message): 'open' | 'closed';
}

interface Dependencies extends WorkerOptions {
  readonly answer: (answers: readonly Answer[]) => void;
}

/** A commit this recent (ms) shows that writes can be made durable; older ones are tried anew by `status`. */
const FRESH = 1000;

/** Reads are answered at once, writes with their group's commit; answers leave together at the end of a turn. */
export function createServing({ path, history, answer }: Dependencies): Serving {
  const session = openSession(path);
  const outbox = createOutbox(answer);
  const fail = (call: number, error: unknown) => outbox.add({ call, fault: toFault(storeError(error, path)) });
  const watchers = createWatchers({ session, fail, answer: (call, value) => outbox.add({ call, value }) });
  const committer = createCommitter({ session, committed });
  const leases = createLeases(session, committer);
  const tidy = createTidying(session, committer, history);

  function committed({ changed }: Draft): void {
    watchers.notify(changed);
    tidy();
  }

  function serve(call: number, request: Request): void {
    const done = (value?: unknown) => outbox.add({ call, value });
    const failed = (error: unknown) => fail(call, error);
    switch (request.type) {
      case 'get':
        checkKey(request.key);
        done(session.tables.live(request.key));
        break;
      case 'range':
        done(readRange(session, request.query));
        break;
      case 'watch':
        checkText('prefix', request.prefix);
        checkRevision(request.after);
        watchers.ask(call, request.prefix, request.after);
        break;
      case 'txn':
        checkTxn(request.txn);
        committer.add({ done, failed, run: ({ tables }, draft) => transact(tables, draft, request.txn) });
        break;
      case 'grant':
        checkTtl(request.ttl);
        leases.grant(request.ttl, done, failed);
        break;
      case 'keepAlive':
        leases.keepAlive(request.lease);
        done();
        break;
      case 'revoke':
        leases.revoke(request.lease, done, failed);
        break;
      case 'compact':
        checkRevision(request.revision);
        committer.add({ done, failed, run: (_, draft) => compact(session, draft, request.revision) });
        break;
      case 'status':
        status(done, failed);
        break;
      case 'close':
        close(done);
        break;
    }
  }

  function status(done: (value: unknown) => void, failed: (error: unknown) => void): void {
    const tell = () => done({ revision: session.revision, compacted: session.compacted, bytes: fileBytes(path) });
    const last = committer.lastCommit();
    if (last === 'failed') requireRoom(path);
    if (typeof last === 'number' && performance.now() - last < FRESH) tell();
    else committer.add({ failed, done: tell, run: ({ tables }) => tables.setMeta('epoch', session.epoch) });
  }

  function close(done: () => void): void {
    committer.flush();
    leases.stop();
    watchers.endAll(new OrcaError('unavailable', 'the store is closed'));
    session.db.close();
    done();
    outbox.send();
  }

  return {
    epoch: session.epoch,
    receive: (message) => {
      if ('cancel' in message) watchers.cancel(message.cancel);
      else {
        try {
          serve(message.call, message.request);
        } catch (error) {
          fail(message.call, error);
        }
        if (message.request.type === 'close') return 'closed';
      }
      return 'open';
    },
  };
}

function createOutbox(answer: (answers: readonly Answer[]) => void) {
  let ready: Answer[] = [];
  const send = () => {
    if (ready.length > 0) answer(ready);
    ready = [];
  };
  return {
    send,
    add: (one: Answer) => {
      if (ready.length === 0) setImmediate(send);
      ready.push(one);
    },
  };
}
