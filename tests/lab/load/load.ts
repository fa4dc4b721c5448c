import { join } from 'node:path';
import type { Outcome } from './generator.ts';
import { type Load, startGenerator } from './process.ts';

export interface LoadWish {
  readonly address: string;
  readonly host: string;
  /** Requests a second. */
  readonly rate: number;
  readonly sockets: number;
}

/** Begins a load in a process of its own; resolves when it runs. */
export const startLoad = ({ address, host, rate, sockets }: LoadWish): Promise<Load<Outcome>> =>
  startGenerator(join(import.meta.dirname, 'generator.ts'), [address, host, String(rate), String(sockets)]);
