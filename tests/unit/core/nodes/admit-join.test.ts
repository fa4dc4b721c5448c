import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import type { JoinSecret } from '../../../../src/core/model/join-secret.ts';
import type { Node } from '../../../../src/core/model/node.ts';
import { admitJoin, type Joining, MAX_NODES, type Refused } from '../../../../src/core/nodes/admit-join.ts';
import { findNode } from '../../../../src/core/nodes/node-name.ts';
import { WIRE_PROTOCOL } from '../../../../src/core/nodes/wire.ts';

const ID = 'abcdefghijklmnop';
const OTHER = 'ponmlkjihgfedcba';
const certificate = (key: string) => ({ key, authorities: ['ca'], from: 0, until: 100 });
const node = (id: string, name: string, ...keys: string[]): Node => ({
  id,
  name,
  availability: 'active',
  ...(keys.length > 0 && { joined: { at: 1, address: '10.0.0.2', certificates: keys.map(certificate) } }),
});
const local = node('local', 'local');
const secret: JoinSecret = {
  id: 's',
  digest: 'd',
  reusable: false,
  createdAt: 0,
  expiresAt: 1000,
  createdBy: 'admin',
};
type Change = Omit<Partial<Joining>, 'request'> & { request?: Partial<Joining['request']> };
const joining = ({ request, ...change }: Change = {}): Joining => ({
  request: { protocol: WIRE_PROTOCOL, name: 'web2', id: ID, replace: false, now: 0, version: '1', ...request },
  key: 'k1',
  secret,
  nodes: [local],
  isUp: () => false,
  now: 10,
  ...change,
});
const decide = (change?: Change) => admitJoin(joining(change));
const refusal = (change: Change): Refused => {
  const decision = decide(change);
  assert.equal(decision.type, 'refused', JSON.stringify(decision));
  return decision as Refused;
};

describe('a join', () => {
  it('is admitted with a secret in force, a free name and a key', () => {
    assert.deepEqual(decide(), { type: 'admitted', name: 'web2' });
  });

  it('needs a secret that is known, not over, and not used by another machine', () => {
    assert.match(refusal({ secret: undefined }).message, /does not know this join line/);
    assert.match(refusal({ now: 1000 }).message, /expired/);
    for (const used of [
      { node: OTHER, key: 'k1', at: 1 },
      { node: ID, key: 'k2', at: 1 },
    ]) {
      const { code, message, hint } = refusal({ secret: { ...secret, used } });
      assert.equal(code, 'secret');
      assert.match(message, /used already/);
      assert.match(hint ?? '', /orca node token/);
    }
    assert.equal(
      decide({ secret: { ...secret, reusable: true, used: { node: OTHER, key: 'k2', at: 1 } } }).type,
      'admitted',
    );
  });

  it('is asked again by the machine whose reply was lost, under the name that it has by now', () => {
    const joined = node(ID, 'renamed', 'k1');
    const decision = decide({ nodes: [local, joined], secret: { ...secret, used: { node: ID, key: 'k1', at: 1 } } });
    assert.deepEqual(decision, { type: 'admitted', name: 'renamed', again: joined });
  });

  it('is refused to another key under an id that is taken, also with replace', () => {
    const decision = refusal({ nodes: [local, node(ID, 'web2', 'k0')], request: { replace: true } });
    assert.equal(decision.code, 'invalid');
  });

  it('is refused a name that another has, unless it replaces one that joined and is away', () => {
    const holder = node(OTHER, 'web2', 'k0');
    const nodes = [local, holder];
    assert.match(refusal({ nodes }).hint ?? '', /--replace/);
    assert.deepEqual(decide({ nodes, request: { replace: true } }), {
      type: 'admitted',
      name: 'web2',
      replaced: holder,
    });
    assert.match(refusal({ nodes, request: { replace: true }, isUp: (id) => id === OTHER }).message, /is up/);
  });

  it('never takes the name or the id of another, nor that of the machine of the master', () => {
    assert.equal(refusal({ request: { name: 'local', replace: true } }).code, 'name');
    const renamed = node('local', 'main');
    assert.equal(refusal({ nodes: [renamed], request: { name: 'main', replace: true } }).code, 'name');
    assert.equal(refusal({ nodes: [renamed], request: { name: 'local', replace: true } }).code, 'name');
    assert.equal(refusal({ nodes: [local, node(OTHER, 'x', 'k0')], request: { name: OTHER } }).code, 'name');
  });

  it('is refused for what is no name, no id, another protocol, and one node too many', () => {
    for (const name of ['', 'A', 'a_b', '-a', 'a'.repeat(64), 'a\nb', 'a b'])
      assert.equal(refusal({ request: { name } }).code, 'invalid', name);
    for (const id of ['local', '', ID.toUpperCase(), `${ID}a`])
      assert.equal(refusal({ request: { id } }).code, 'invalid', id);
    assert.match(refusal({ request: { protocol: 0 } }).message, /this machine runs a version of orca that is too old/);
    assert.match(refusal({ request: { protocol: 99 } }).message, /the master runs a version of orca that is too old/);
    const many = Array.from({ length: MAX_NODES }, (_, at) => node(`n${at}`, `n${at}`, 'k'));
    assert.equal(refusal({ nodes: many }).code, 'unavailable');
  });
});

/** Machines, each with a key of its own, that ask in any order, again and again, with lines of which some are stolen. */
const attempt = fc.record({
  machine: fc.nat(3),
  key: fc.nat(3),
  name: fc.constantFrom('a', 'b', 'local'),
  secret: fc.nat(2),
  replace: fc.boolean(),
  at: fc.nat(1500),
});

describe('joins in any order', () => {
  it('leave each name to one node, each id to one key, and use up each secret for one machine', () => {
    fc.assert(
      fc.property(fc.array(attempt, { maxLength: 40 }), (attempts) => {
        let nodes: readonly Node[] = [local];
        const secrets = [secret, { ...secret, id: 't' }, { ...secret, id: 'u' }];
        const users = new Map<string, Set<string>>();
        const keys = new Map<string, string>();
        for (const { machine, key, name, secret: which, replace, at } of attempts.toSorted((a, b) => a.at - b.at)) {
          const id = `${'abcd'[machine]}`.repeat(16);
          const used = secrets[which];
          if (!used) continue;
          const own = `k${key}`;
          const decision = admitJoin(
            joining({ request: { id, name, replace }, key: own, secret: used, nodes, now: at }),
          );
          if (decision.type === 'refused') continue;
          assert.ok(at < used.expiresAt, 'not after its hour');
          nodes = [
            ...nodes.filter((one) => one.id !== id && one.id !== decision.replaced?.id),
            decision.again ?? node(id, decision.name, own),
          ];
          if (decision.again) assert.equal(own, keys.get(id));
          keys.set(id, own);
          secrets[which] = { ...used, used: { node: id, key: own, at } };
          users.set(used.id, (users.get(used.id) ?? new Set()).add(`${id} ${own}`));
          const names = nodes.map((one) => one.name);
          assert.equal(new Set(names).size, names.length, 'a name is of one node');
          assert.ok(nodes.includes(local), 'the machine of the master is never replaced');
        }
        for (const machines of users.values()) assert.equal(machines.size, 1);
      }),
    );
  });
});

describe('a node is found', () => {
  it('by its name first, then by its id, and those that there are are named', () => {
    const nodes = [local, node(ID, 'web2', 'k')];
    assert.equal(findNode(nodes, 'web2').id, ID);
    assert.equal(findNode(nodes, ID).id, ID);
    assert.throws(() => findNode(nodes, 'web3'), { code: 'not_found', hint: 'the nodes are local, web2' });
  });
});
