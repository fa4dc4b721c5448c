import type { Example } from './example.ts';
import { TOP, WEB } from './samples.ts';

/** Of what is done in and beside containers, and of what these use. */
export const ONE_OFF_EXAMPLES: Readonly<Record<string, Example>> = {
  'GET /api/v1/top': { answer: TOP },
  'GET /api/v1/services/{name}/exec': {
    params: WEB,
    query: { cmd: 'ls' },
    answer: '\u0001app\n',
  },
  'GET /api/v1/services/{name}/run': {
    params: WEB,
    query: { cmd: 'npm' },
    answer: '\u0001migrated\n',
  },
};
