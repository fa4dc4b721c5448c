const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Short and rounded down: `0s 42s 5m 3h 12d`. @param ms a span of time */
export function age(ms: number): string {
  if (ms < MINUTE) return `${Math.max(0, Math.floor(ms / SECOND))}s`;
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)}m`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)}h`;
  return `${Math.floor(ms / DAY)}d`;
}

/** How long something took, to a tenth below ten seconds: `0.4 s`, `12 s`, `3 min 5 s`. */
export function took(ms: number): string {
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.round(ms / SECOND)} s`;
  const seconds = Math.round((ms % MINUTE) / SECOND);
  return `${Math.floor(ms / MINUTE)} min${seconds === 0 ? '' : ` ${seconds} s`}`;
}

/** `14:03:07`, local time: the head of a plain progress line. @param at epoch ms */
export const clockTime = (at: number): string =>
  [new Date(at).getHours(), new Date(at).getMinutes(), new Date(at).getSeconds()]
    .map((part) => String(part).padStart(2, '0'))
    .join(':');
