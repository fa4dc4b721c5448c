/** What a reader of text makes of it: the value, or what was expected and a better spelling. */
export type Reading<T> = { readonly value: T } | { readonly message: string; readonly hint?: string | undefined };

const DECIMAL = ['K', 'M', 'G', 'T'] as const;
const MEMORY_UNITS: ReadonlyMap<string, number> = new Map([
  ['B', 1],
  ...DECIMAL.map((unit, i) => [unit, 1000 ** (i + 1)] as const),
  ...DECIMAL.map((unit, i) => [`${unit}i`, 1024 ** (i + 1)] as const),
]);
const DURATION_UNITS: ReadonlyMap<string, number> = new Map([
  ['ms', 1],
  ['s', 1000],
  ['m', 60_000],
  ['h', 3_600_000],
  ['d', 86_400_000],
]);
const DURATION_WORDS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ms: 'millis milliseconds',
    s: 'sec secs second seconds',
    m: 'min mins minute minutes',
    h: 'hr hrs hour hours',
    d: 'day days',
  }).flatMap(([unit, words]) => words.split(' ').map((word) => [word, unit] as const)),
);

/** Bytes of `512Mi`, `1.5G`, `10MB`. Lower case is refused, never guessed: `4g` could be either. */
export function parseMemory(text: string | number): Reading<number> {
  const message = 'expected a size such as 512Mi or 1G';
  const { amount, unit } = split(text);
  const factor = MEMORY_UNITS.get(unit) ?? MEMORY_UNITS.get(unit.replace(/(?<=.)B$/, ''));
  if (amount === undefined) return { message };
  if (factor === undefined) return { message, hint: memoryHint(amount, unit) };
  return whole(amount, factor, message, 'bytes');
}

/** The shortest exact spelling: 536870912 -> `512Mi`, 1000000 -> `1M`, 1025 -> `1025B`. */
export function formatMemory(bytes: number): string {
  const fitting = [...MEMORY_UNITS].filter(([, factor]) => bytes !== 0 && bytes % factor === 0);
  const spellings = fitting.map(([unit, factor]) => `${bytes / factor}${unit}`);
  return spellings.sort((a, b) => a.length - b.length)[0] ?? `${bytes}B`;
}

/** Milliseconds of `500ms`, `30s`, `5m`, `2h`, `7d`. */
export function parseDuration(text: string | number): Reading<number> {
  const message = 'expected a duration such as 500ms, 30s, 5m, 2h or 7d';
  const { amount, unit } = split(text);
  if (amount === undefined) return { message, hint: compoundHint(String(text)) };
  const factor = DURATION_UNITS.get(unit);
  if (factor === undefined) return { message, hint: durationHint(amount, unit) };
  return whole(amount, factor, message, 'milliseconds');
}

/** The largest exact unit: 90000 -> `90s`, 120000 -> `2m`, 0 -> `0s`. */
export function formatDuration(ms: number): string {
  if (ms === 0) return '0s';
  const [unit, factor] = [...DURATION_UNITS].findLast(([, each]) => ms % each === 0) ?? ['ms', 1];
  return `${ms / factor}${unit}`;
}

/** Cores of `0.5` or `2`; Docker takes no less than 0.01. */
export function parseCpu(text: string | number): Reading<number> {
  const message = 'expected a number of cores from 0.01 to 1024, such as 0.5';
  const { amount, unit } = split(text);
  if (amount === undefined) return { message };
  if (unit === 'm') return { message, hint: `did you mean ${Number(amount) / 1000}?` };
  const cores = Math.round(Number(amount) * 1e9) / 1e9;
  return unit === '' && cores >= 0.01 && cores <= 1024 ? { value: cores } : { message };
}

export const formatCpu = (cores: number): string => String(cores);

/** `1%` -> 1, `0.5%` -> 0.5; from 0 to 100. */
export function parsePercent(text: string | number): Reading<number> {
  const message = 'expected a percentage such as 1%';
  const { amount, unit } = split(text);
  if (amount === undefined) return { message };
  if (unit === '') return { message, hint: `did you mean ${amount}%?` };
  return unit === '%' && Number(amount) <= 100 ? { value: Number(amount) } : { message };
}

function split(text: string | number): { amount?: string; unit: string } {
  const match = /^(\d{1,15}(?:\.\d{1,9})?) ?([A-Za-z%]{0,12})$/.exec(String(text));
  return match?.[1] === undefined ? { unit: '' } : { amount: match[1], unit: match[2] ?? '' };
}

function whole(amount: string, factor: number, message: string, unit: string): Reading<number> {
  const product = Number(amount) * factor;
  // 0.1 * 3 is not 0.3; past fifteen digits it is rounding
  const value = Number.isSafeInteger(product) ? product : Number(product.toPrecision(15));
  if (!Number.isSafeInteger(value)) return { message: `${message}, a whole number of ${unit}` };
  return { value };
}

function memoryHint(amount: string, unit: string): string | undefined {
  if (unit === '') return `a unit is needed: did you mean ${amount}Mi, or ${amount}B for bytes?`;
  const letter = unit.charAt(0).toUpperCase();
  if (!/^[kmgt](i?b?|ib?)$/i.test(unit)) return undefined;
  return /i/i.test(unit)
    ? `did you mean ${amount}${letter}i?`
    : `did you mean ${amount}${letter} or ${amount}${letter}i?`;
}

function durationHint(amount: string, unit: string): string | undefined {
  if (unit === '') return `a unit is needed: did you mean ${amount}s?`;
  const lower = unit.toLowerCase();
  const meant = DURATION_UNITS.has(lower) ? lower : DURATION_WORDS.get(lower);
  return meant === undefined ? undefined : `did you mean ${amount}${meant}?`;
}

/** `1h30m` is one unit too many. */
function compoundHint(text: string): string | undefined {
  if (!/^(\d{1,6}(ms|[smhd]))+$/.test(text) || text.length > 40) return undefined;
  const total = [...text.matchAll(/(\d+)(ms|[smhd])/g)].reduce(
    (sum, [, amount, unit]) => sum + Number(amount) * (DURATION_UNITS.get(unit ?? '') ?? 0),
    0,
  );
  return `one unit only: did you mean ${formatDuration(total)}?`;
}
