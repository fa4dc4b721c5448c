import type { SetNode } from '../../src/contract/nodes.ts';
import { usage } from '../output/error.ts';

type Settings = Pick<SetNode, 'ingress' | 'address'>;

/** `ingress=true`, `address=10.0.0.7`: what `orca node set` takes beside labels. */
export function readSettings(words: readonly string[]): Settings {
  return Object.assign({}, ...words.map(readSetting));
}

function readSetting(word: string): Settings {
  const [key = '', value = ''] = word.split('=', 2);
  if (key === 'ingress' && (value === 'true' || value === 'false')) return { ingress: value === 'true' };
  if (key === 'address' && value !== '') return { address: value === 'auto' ? null : value };
  throw usage(`"${word}" cannot be set`, 'what can be: ingress=true, ingress=false, address=IP, address=auto');
}
