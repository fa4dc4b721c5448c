import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspect } from 'node:util';
import { chooseApi, NEWEST_API, OLDEST_API } from '../../../src/engine/client.ts';
import { connect } from '../../../src/engine/connection.ts';
import { createEngine } from '../../../src/engine/docker.ts';

test('the newest API version that both sides speak is used', () => {
  assert.equal(chooseApi({ Version: '20.10', ApiVersion: '1.41', MinAPIVersion: '1.12' }), '1.41');
  assert.equal(chooseApi({ Version: '24', ApiVersion: '1.43', MinAPIVersion: '1.12' }), '1.43');
  assert.equal(chooseApi({ Version: '99', ApiVersion: '1.99', MinAPIVersion: '1.44' }), NEWEST_API);
});

test('an engine that is too old or too new is refused by its version', () => {
  const old = { Version: '19.03.1', ApiVersion: '1.40', MinAPIVersion: '1.12' };
  assert.throws(() => chooseApi(old), { code: 'not_yet_supported', message: /19\.03\.1 is too old.*1\.40/ });
  const later = { Version: '99', ApiVersion: '1.99', MinAPIVersion: '1.90' };
  assert.throws(() => chooseApi(later), { code: 'not_yet_supported', message: /too new.*1\.90/ });
  assert.ok(OLDEST_API < NEWEST_API);
});

test('an agent shows nothing of its sockets to whoever formats it', () => {
  const { quick, patient } = connect('unix:///run/docker.sock');
  for (const { modem } of [quick, patient]) {
    const { agent } = modem as unknown as { agent: object };
    assert.equal(inspect(agent, { showHidden: true, depth: null }), 'Agent');
  }
});

test('an address that is no engine is refused', () => {
  for (const docker of ['', '/run/docker.sock', 'http://127.0.0.1:2375', 'unix://docker.sock', 'tcp://host']) {
    assert.throws(() => createEngine({ docker, cluster: 'c1' }), { code: 'invalid' }, docker);
  }
});

test('an engine that is not there is said to be away, with its address', async () => {
  for (const docker of ['unix:///nowhere/docker.sock', 'tcp://127.0.0.1:9']) {
    const engine = createEngine({ docker, cluster: 'c1' });
    await assert.rejects(engine.list(), { code: 'unavailable', message: new RegExp(`does not answer at ${docker}`) });
    await assert.rejects(engine.info(), { code: 'unavailable' });
  }
});
