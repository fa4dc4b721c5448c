import type { PullProgress } from '../core/model/pull-progress.ts';
import type { Layer } from './registry-client/image-layers.ts';

/** A line of Docker's, such as `{"status":"Downloading","progressDetail":{"current":1,"total":2},"id":"8f2b31a04c11"}`. */
export interface PullLine {
  readonly status?: string;
  readonly id?: string;
  readonly progressDetail?: { readonly current?: number; readonly total?: number };
}

interface Part {
  readonly done: number;
  readonly total?: number | undefined;
}

/** Docker speaks of a layer by the first letters of its digest. */
const shortId = ({ digest }: Layer): string => digest.slice(digest.indexOf(':') + 1).slice(0, 12);
const MAX_PARTS = 1_000;
const IS_THERE: ReadonlySet<string> = new Set(['Already exists', 'Layer already exists']);
const IS_LOADED: ReadonlySet<string> = new Set([
  'Verifying Checksum',
  'Download complete',
  'Extracting',
  'Pull complete',
]);

/** Adds up what Docker tells of each layer. @param layers of the image, if the registry has told them */
export function createPullProgress(layers: readonly Layer[] = []): (line: PullLine) => PullProgress {
  const parts = new Map<string, Part>(layers.map((layer) => [shortId(layer), { done: 0, total: layer.size }]));

  return ({ status = '', id, progressDetail }) => {
    if (id !== undefined && isLayer(id) && (parts.has(id) || parts.size < MAX_PARTS)) {
      const known = parts.get(id) ?? { done: 0 };
      const next = advanced(known, status, progressDetail);
      if (next) parts.set(id, next);
      else parts.delete(id);
    }
    return sum([...parts.values()]);
  };
}

/** The first line's id is the tag. */
const isLayer = (id: string): boolean => /^[0-9a-f]{12}$/.test(id);

/** Undefined: it was there, and does not count. */
function advanced(part: Part, status: string, detail: PullLine['progressDetail']): Part | undefined {
  if (IS_THERE.has(status)) return undefined;
  if (status === 'Downloading') {
    const total = part.total ?? detail?.total;
    return {
      done: Math.max(part.done, detail?.current ?? 0),
      total: total !== undefined && total > 0 ? total : undefined,
    };
  }
  return IS_LOADED.has(status) ? { ...part, done: part.total ?? part.done } : part;
}

function sum(parts: readonly Part[]): PullProgress {
  const done = parts.reduce((all, part) => all + part.done, 0);
  const isKnown = parts.length > 0 && parts.every(({ total }) => total !== undefined);
  return isKnown ? { done, total: parts.reduce((all, { total = 0 }) => all + total, 0) } : { done };
}
