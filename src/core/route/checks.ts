type Fields = Readonly<Record<string, unknown>>;

/** What a value that was read from a line is, before it is believed. */
export const isRecord = (v: unknown): v is Fields => typeof v === 'object' && v !== null && !Array.isArray(v);
export const isText = (v: unknown): v is string => typeof v === 'string';
export const isNumber = (v: unknown): v is number => typeof v === 'number' && Number.isFinite(v);
export const isCount = (v: unknown): v is number => Number.isSafeInteger(v) && (v as number) >= 0;
export const isList = <T>(v: unknown, is: (item: unknown) => item is T): v is readonly T[] =>
  Array.isArray(v) && v.every(is);
