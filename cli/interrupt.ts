/** The reason of everything that ends because the user pressed Ctrl-C. */
export class Interrupted extends Error {
  override readonly name = 'Interrupted';
  readonly signal: 'SIGINT' | 'SIGTERM';

  constructor(signal: Interrupted['signal']) {
    super('interrupted');
    this.signal = signal;
  }
}

/**
 * The first SIGINT (or SIGTERM) aborts the signal, so that what is under way can say how it stands; the second one
 * ends the process at once.
 */
export function watchInterrupts(): AbortSignal {
  const controller = new AbortController();
  const onSignal = (signal: Interrupted['signal']) => {
    if (controller.signal.aborted) process.exit(130);
    controller.abort(new Interrupted(signal));
  };
  process.on('SIGINT', () => onSignal('SIGINT')).on('SIGTERM', () => onSignal('SIGTERM'));
  return controller.signal;
}
