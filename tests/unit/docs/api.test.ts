import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { ERROR_STATUS } from '../../../src/contract/error-status.ts';
import { LATER } from '../../../src/contract/later.ts';
import { openApi, type TestApi } from '../api/test-api.ts';

const page = readFileSync(path.resolve(import.meta.dirname, '../../../docs/api.md'), 'utf8');

describe('the page on the API', () => {
  let test: TestApi;
  before(async () => {
    test = await openApi();
  });
  after(() => test.close());

  const [told = '', later = ''] = page.split('## Not yet supported');
  const isLater = (method: string, path: string) => LATER.some((one) => one.method === method && one.path === path);
  const endpoints = () => test.api.routes.map(({ endpoint }) => endpoint);

  it('has each route that works under a heading of its own, and no other', () => {
    const headings = [...told.matchAll(/^### `(.+)`$/gm)].map(([, line]) => line);
    const routes = endpoints().flatMap(({ method, path }) => (isLater(method, path) ? [] : [`${method} ${path}`]));
    assert.deepEqual(headings.toSorted(), routes.toSorted());
  });

  it('says of each who may call it', () => {
    for (const section of told.split(/^### /m).slice(1)) {
      const [heading = '', role = ''] = /^`(.+)`\n\n(\w+)/.exec(section)?.slice(1) ?? [];
      const endpoint = endpoints().find(({ method, path }) => `${method} ${path}` === heading);
      assert.equal(role.toLowerCase(), endpoint?.access, heading);
      assert.equal(/^`.+`\n\n\w+, cluster\./.test(section), endpoint?.scope === 'cluster', heading);
    }
  });

  it('names every query parameter', () => {
    for (const { method, path, query } of endpoints()) {
      const section = told.split(`### \`${method} ${path}\`\n`)[1]?.split('\n##')[0] ?? '';
      for (const name of Object.keys(query.shape)) {
        if (path !== '/v1/status') assert.match(section, new RegExp(`\\b${name}\\b`), `${method} ${path}: ${name}`);
      }
    }
  });

  it('lists what is not yet supported by role', () => {
    for (const { method, path, access } of LATER) {
      const [, line = ''] = new RegExp(`^- ${access}: ([\\s\\S]*?)(?=^- |$(?![\\s\\S]))`, 'm').exec(later) ?? [];
      assert.ok(line.replace(/\s+/g, ' ').includes(`\`${method} ${path}\``), `${access}: ${method} ${path}`);
    }
    assert.equal([...later.matchAll(/`/g)].length, LATER.length * 2);
  });

  it('lists every error code with its status', () => {
    for (const [code, status] of Object.entries(ERROR_STATUS)) {
      assert.match(page, new RegExp(`^\\| ${status} \\|[^|]*\`${code}\``, 'm'), code);
    }
  });
});
