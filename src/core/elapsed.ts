/** A time this far ahead is not a clock a little off: the clock was set back since it was noted. */
const SET_BACK = 60_000;

/**
 * Is this much time over? After the clock was set back nobody can tell; then it is, as waiting for the clock to come
 * there again might take hours.
 *
 * @param since epoch ms
 * @param ms how long
 */
export const isOver = (since: number, ms: number, now: number): boolean => now - since >= ms || since - now > SET_BACK;

/** A noted time, to put things in their order: one from before the clock was set back comes before all others. */
export const orderOf = (at: number, now: number): number => (at - now > SET_BACK ? Number.NEGATIVE_INFINITY : at);
