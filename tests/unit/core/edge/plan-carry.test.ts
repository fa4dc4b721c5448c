import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CARRY_RESTORE, type CarryView, planCarry } from '../../../../src/core/edge/plan-carry.ts';

const RULES = [...CARRY_RESTORE.split('\n').filter((line) => line.startsWith('-A')), '-N ORCA-CARRIED'];
const JUMP = '-A PREROUTING -d 10.223.192.0/18 -i br-1 -p tcp -j ORCA-CARRIED';
const DONE: CarryView = { routes: [{ type: 'local', to: '10.223.192.0/18' }], rules: [...RULES, JUMP] };

test('a machine is made ready once, and what somebody has taken away is put back', () => {
  assert.deepEqual(planCarry({ routes: [], rules: ['-P PREROUTING ACCEPT'] }, 'br-1'), ['route', 'chain', 'jump']);
  assert.deepEqual(planCarry(DONE, 'br-1'), []);
  assert.deepEqual(planCarry({ ...DONE, routes: [] }, 'br-1'), ['route']);
  assert.deepEqual(planCarry({ ...DONE, rules: RULES }, 'br-1'), ['jump']);
  assert.deepEqual(planCarry(DONE, 'br-2'), ['jump'], 'the network was made again');
  assert.deepEqual(planCarry({ ...DONE, rules: [...RULES.slice(1), JUMP] }, 'br-1'), ['chain']);
  assert.deepEqual(planCarry({ ...DONE, rules: [...RULES, RULES[0] ?? '', JUMP] }, 'br-1'), ['chain'], 'twice');
});

test('addresses that another route has are left to it', () => {
  const routes = [...DONE.routes, { type: 'unicast', to: '10.223.200.0/24' }];
  assert.deepEqual(planCarry({ ...DONE, routes }, 'br-1'), { inTheWay: '10.223.200.0/24' });
});
