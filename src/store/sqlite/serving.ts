import { OrcaError } from '../../core/errors.ts';
import { checkKey, checkPrefix, checkRevision, checkTxn } from '../limits.ts';
import { createCommitter } from './committer.ts';
import { compact, createTidying } from './compact.ts';
import { toFault } from './fault.ts';
import { fileBytes } from './file.ts';
import type { Answer, Message, Request, WorkerOptions } from './protocol.ts';
import { readRange } from './read.ts';
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

/** Reads are answered at once, writes with their group's commit; answers leave together at the end of a turn. */
export function createServing({ path, history, answer }: Dependencies): Serving {
  const session = openSession(path);
  let ready: Answer[] = [];
  const reply = (one: Answer) => {
    if (ready.length === 0) setImmediate(send);
    ready.push(one);
  };
  const send = () => {
    if (ready.length > 0) answer(ready);
    ready = [];
  };
  const fail = (call: number, error: unknown) => reply({ call, fault: toFault(error) });
  const watchers = createWatchers({ session, fail, answer: (call, value) => reply({ call, value }) });
  const committer = createCommitter({ path, session, committed });
  const tidy = createTidying(session, () => committer, history);

  function committed({ changed }: Draft): void {
    watchers.notify(changed);
    tidy();
  }

  function serve(call: number, request: Request): void {
    const done = (value?: unknown) => reply({ call, value });
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
        checkPrefix(request.prefix);
        checkRevision(request.after);
        watchers.ask(call, request.prefix, request.after);
        break;
      case 'txn':
        checkTxn(request.txn);
        committer.add({ done, failed, run: ({ tables }, draft) => transact(tables, draft, request.txn) });
        break;
      case 'compact':
        checkRevision(request.revision);
        committer.add({ done, failed, run: (_, draft) => compact(session, draft, request.revision) });
        break;
      case 'status':
        done({ revision: session.revision, compacted: session.compacted, bytes: fileBytes(path) });
        break;
      case 'close':
        close(done);
        break;
    }
  }

  function close(done: () => void): void {
    committer.flush();
    watchers.endAll(new OrcaError('unavailable', 'the store is closed'));
    session.db.close();
    done();
    send();
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
