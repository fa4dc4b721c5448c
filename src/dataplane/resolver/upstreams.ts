import { readFileSync, statSync } from 'node:fs';
import { isIP } from 'node:net';

/** A name server of the machine. */
export interface Upstream {
  readonly address: string;
  readonly port: number;
}

export interface UpstreamsOptions {
  /** As they were set; none: those of `file`. */
  readonly set: readonly string[];
  /** resolv.conf(5) */
  readonly file: string;
  /** Where this one answers itself. */
  readonly own: string;
  readonly now: () => number;
}

/** The C library takes as many. */
const MOST = 3;
/** The file may change at any time, as the machine changes networks. */
const LOOK_EVERY = 1_000;
const PORT = 53;

/** The name servers that names of the outside world are asked of, as they are now. */
export function createUpstreams({ set, file, own, now }: UpstreamsOptions): () => readonly Upstream[] {
  let known: readonly Upstream[] = set.map(parseUpstream);
  let version = '';
  let lookedAt = Number.NEGATIVE_INFINITY;

  const look = (): void => {
    lookedAt = now();
    try {
      const { mtimeMs, ino, size } = statSync(file);
      const found = `${mtimeMs}/${ino}/${size}`;
      if (found === version) return;
      known = parseResolvConf(readFileSync(file, 'utf8')).filter(({ address }) => address !== own);
      version = found;
    } catch {
      // It is being replaced: those of before are better than none.
    }
  };

  return () => {
    if (set.length === 0 && now() - lookedAt >= LOOK_EVERY) look();
    return known;
  };
}

export const parseResolvConf = (text: string): readonly Upstream[] =>
  text
    .split('\n')
    .flatMap((line) => /^\s*nameserver\s+(\S+)/.exec(line)?.[1] ?? [])
    .filter((address) => isIP(address) !== 0)
    .slice(0, MOST)
    .map((address) => ({ address, port: PORT }));

/** `10.0.0.1`, `10.0.0.1:5353`, `[::1]:53` or `::1`. */
function parseUpstream(text: string): Upstream {
  if (isIP(text) !== 0) return { address: text, port: PORT };
  const at = text.lastIndexOf(':');
  return { address: text.slice(0, at).replace(/^\[|\]$/g, ''), port: Number(text.slice(at + 1)) };
}
