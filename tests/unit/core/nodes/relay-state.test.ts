import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LOCAL_NODE } from '../../../../src/core/model/node.ts';
import { relayStateOf, type ToldUnreached, unservedBecause } from '../../../../src/core/nodes/relay-state.ts';

const M1 = { id: 'm1', relay: { port: 6882, address: '10.0.0.2' } };
const OWN: ToldUnreached = { from: LOCAL_NODE, error: 'connect ETIMEDOUT' };
const THROUGH: ToldUnreached = { ...OWN, through: {} };
const nameOf = (id: string) => `name of ${id}`;

test('a node that nobody says he cannot connect to is reached directly', () => {
  assert.deepEqual(relayStateOf(M1, [], nameOf), { state: 'direct' });
  assert.equal(unservedBecause(M1, [], nameOf), undefined);
});

test('one that the machine of the master gets to through its agent has services, whatever its address', () => {
  for (const relay of [M1.relay, { port: 6882 }])
    assert.deepEqual(relayStateOf({ ...M1, relay }, [THROUGH], nameOf), {
      state: 'through_agent',
      why: 'no connection to TCP 6882: connect ETIMEDOUT',
    });
  assert.equal(unservedBecause(M1, [THROUGH], nameOf), undefined);
});

test('one that is reached neither way has none, and both reasons are told', () => {
  const direct = 'requests from other nodes do not reach it (TCP 6882): connect ETIMEDOUT';
  assert.equal(unservedBecause(M1, [OWN], nameOf), direct);
  const told = [{ ...OWN, through: { error: 'it is away' } }];
  assert.deepEqual(relayStateOf(M1, told, nameOf), {
    state: 'unreachable',
    why: `${direct}; nor through its agent: it is away`,
  });
});

test('an ingress elsewhere must get there itself', () => {
  const far = { from: 'm2', error: 'connect ETIMEDOUT' };
  const why =
    "requests that come in on name of m2 do not reach it (TCP 6882): connect ETIMEDOUT; only the master's machine can go through its agent";
  for (const told of [[far], [THROUGH, far], [far, THROUGH]]) assert.equal(unservedBecause(M1, told, nameOf), why);
});

test('an ingress is itself where requests come in, and one that takes none is told as such', () => {
  assert.equal(unservedBecause({ ...M1, ingress: true }, [OWN], nameOf), undefined);
  const closed = 'its data plane takes no requests from other nodes';
  for (const node of [{ id: 'm1' }, { id: 'm1', relay: { port: 6882 } }]) {
    assert.deepEqual(relayStateOf(node, [], nameOf), { state: 'unreachable', why: closed });
    assert.equal(unservedBecause(node, [], nameOf), `it is no ingress, and ${closed}`);
  }
});
