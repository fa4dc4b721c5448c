import type { Dispatch } from '../dispatch.ts';
import { Fault } from '../http1/fault.ts';
import { findHead } from '../http1/head-end.ts';
import type { RequestHead } from '../http1/request-head.ts';
import { parseResponseHead, type ResponseHead } from '../http1/response-head.ts';
import type { ProxyLimits } from '../options.ts';
import { REFUSALS } from '../refusal.ts';
import { FarTarget } from './far-target.ts';
import { readTaken, TAKEN } from './protocol.ts';

/** Whose request it is. */
interface OfferOwner {
  readonly head: RequestHead;
  readonly dispatch: Dispatch;
  /** @param rest what came behind: the beginning of the answer */
  onTaken(task: string, rest: Buffer | undefined): void;
  fail(fault: Fault): void;
}

/** A request whose head has gone to the data plane of another node, until that says that a task has it. */
export class Offer {
  readonly #owner: OfferOwner;
  readonly #limits: ProxyLimits;
  #received: Buffer | undefined;

  constructor(owner: OfferOwner, limits: ProxyLimits) {
    this.#owner = owner;
    this.#limits = limits;
    owner.dispatch.offered(this.#mayMove);
  }

  feed(bytes: Buffer): void {
    const checked = this.#received?.length ?? 0;
    const all = this.#received === undefined ? bytes : Buffer.concat([this.#received, bytes]);
    this.#received = all;
    const found = findHead(all, 0, this.#limits.headBytes, checked);
    if (found === undefined) return;
    const head = found instanceof Fault ? found : parseResponseHead(found.text, this.#limits.headerCount);
    if (found instanceof Fault || head instanceof Fault) this.#owner.fail(REFUSALS.badAnswer);
    else this.#answered(head, found.end < all.length ? all.subarray(found.end) : undefined);
  }

  /** A connection that was kept may have been closed before the head came; a new one is closed only by who is in trouble. */
  closed(error: Error | undefined): void {
    const { dispatch } = this.#owner;
    const kept = (dispatch.connection?.used ?? 0) > 0;
    if (!this.#mayMove) this.#owner.fail(REFUSALS.closed);
    else if (kept) dispatch.again();
    else dispatch.failed(error);
  }

  /** No task can have done what is asked for before it has the body, or what may be asked for twice. */
  get #mayMove(): boolean {
    const { hasBody, repeatable } = this.#owner.head;
    return hasBody || repeatable;
  }

  #answered(head: ResponseHead, rest: Buffer | undefined): void {
    const { dispatch } = this.#owner;
    const taken = head.status === TAKEN ? readTaken(head.reason) : undefined;
    if (taken !== undefined && dispatch.target instanceof FarTarget) {
      dispatch.target.took(taken.ready);
      dispatch.taken();
      this.#owner.onTaken(taken.task, rest);
    } else if (head.status === REFUSALS.noTarget.status) dispatch.notTaken();
    else this.#owner.fail(REFUSALS.badAnswer);
  }
}
