import type { Names } from '../../core/names/names.ts';
import { withApiRoute } from '../../core/route/api-route.ts';
import { joinParts } from '../../core/route/build-table.ts';
import { MAX_TABLE } from '../../core/route/protocol.ts';
import { type TooLarge, tooLarge } from '../../core/route/table-size.ts';
import type { Whole } from '../node-tables.ts';
import { bytesOf } from './parts.ts';

/** Whether a data plane takes what it is to be given. */
export interface Sizes {
  /** Undefined if all of them do. None is given more than the whole with its own names. */
  tooLarge(whole: Whole): TooLarge | undefined;
}

/** What a route to the API takes, at most: its names are cut by the shape of a host and a path. */
const OF_API = 2_048;

/** @param limit bytes */
export function createSizes(limit = MAX_TABLE): Sizes {
  const known = new WeakMap<Names, number>();

  const ofNames = (names: Names | undefined): number => {
    if (!names) return 0;
    const bytes = known.get(names) ?? Buffer.byteLength(JSON.stringify({ names }));
    known.set(names, bytes);
    return bytes;
  };

  return {
    tooLarge(whole) {
      const named = [undefined, ...whole.names.values()];
      const [largest] = named.toSorted((a, b) => ofNames(b) - ofNames(a));
      const bytes = bytesOf(whole.parts) + ofNames(largest) + (whole.api ? OF_API : 0);
      return bytes <= limit ? undefined : measured(whole, largest, limit);
    },
  };
}

/** To the byte, and by whom. */
function measured({ parts, api }: Whole, names: Names | undefined, limit: number): TooLarge | undefined {
  const table = { ...withApiRoute(joinParts(parts), api), ...(names && { names }) };
  return tooLarge(table, Buffer.byteLength(JSON.stringify(table)), limit);
}
