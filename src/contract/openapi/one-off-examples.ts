import type { Example } from './example.ts';
import { AT, TOP, WEB } from './samples.ts';

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
  'GET /api/v1/services/{name}/stat': {
    params: WEB,
    query: { path: '/app/config.json' },
    answer: {
      task: 'shop-web-1-k3x9',
      slot: 1,
      path: '/app/config.json',
      file: { name: 'config.json', kind: 'file', size: 412, mode: 420, modified_at: AT, link_target: null },
    },
  },
  'GET /api/v1/services/{name}/archive': {
    params: WEB,
    query: { path: '/app/config.json' },
    answer: '\u0001config.json',
  },
  'GET /api/v1/services/{name}/unpack': { params: WEB, query: { path: '/app' }, answer: '\u0004{"code":0}' },
};
