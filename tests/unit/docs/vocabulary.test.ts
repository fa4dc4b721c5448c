import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import { DEPLOYMENT_STATES } from '../../../src/core/model/deployment.ts';
import { SERVICE_WORDS } from '../../../src/core/status/words.ts';

const page = readFileSync(new URL('../../../docs/vocabulary.md', import.meta.url), 'utf8');
const statesOf = (what: string): string[] => {
  const [, sentence = ''] = new RegExp(`^${what}: ([^]*?)(?:\\.|;)\\n`, 'm').exec(page) ?? [];
  return [...sentence.matchAll(/`([a-z-]+)`/g)].map(([, word = '']) => word);
};

describe('docs/vocabulary.md', () => {
  it('names the states of a deployment', () => {
    assert.deepEqual(statesOf('Deployment'), [...DEPLOYMENT_STATES]);
  });

  it('names the words for the status of a service', () => {
    assert.deepEqual(statesOf('Status of a service'), [...SERVICE_WORDS]);
  });
});
