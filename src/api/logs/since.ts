import { OrcaError } from '../../core/errors.ts';

const UNITS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** `10m` ago, a time, or epoch ms. Epoch ms. */
export function sinceOf(text: string, now: number): number {
  const [, count, unit] = /^(\d+)(ms|s|m|h|d)$/.exec(text) ?? [];
  if (count !== undefined) return now - Number(count) * UNITS[unit as keyof typeof UNITS];
  const at = /^\d+$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isFinite(at)) throw new OrcaError('invalid', `query.since: ${JSON.stringify(text)} is not a time`);
  return at;
}
