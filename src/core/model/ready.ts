/** Without a port there is nothing to probe: a task that has run this long is ready, ms. Decision 1. */
export const READY_WITHOUT_PORT = 5_000;
