import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isPrivateAddress } from '../../../src/engine/private-address.ts';
import { createRegistryRule } from '../../../src/engine/registry-rule.ts';

const NAMES: Readonly<Record<string, readonly string[]>> = {
  'registry.example.com': ['203.0.113.7', '2001:db8::7'],
  'inside.example.com': ['203.0.113.7', '10.0.0.5'],
  registry: ['172.18.0.2'],
};

const ruleOf = (...allowPrivate: readonly string[]) =>
  createRegistryRule({
    allowPrivate,
    addressesOf: async (host) => NAMES[host] ?? Promise.reject(new Error(`no ${host}`)),
  });

test('an address is private if it leads to this machine or to ones beside it, however it is written', () => {
  for (const address of [
    ...[
      '127.0.0.1',
      '127.9.9.9',
      '0.0.0.0',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.169.254',
    ],
    ...['100.64.0.1', '224.0.0.1', '255.255.255.255', '::1', '::', 'fe80::1', 'fd00::1', 'ff02::1'],
    ...['::ffff:127.0.0.1', '::ffff:a00:1', '::127.0.0.1', '64:ff9b::7f00:1'],
  ]) {
    assert.ok(isPrivateAddress(address), address);
  }
  for (const address of [
    '8.8.8.8',
    '172.32.0.1',
    '192.169.0.1',
    '2606:4700::1111',
    '::ffff:8.8.8.8',
    'localhost',
    '',
  ]) {
    assert.ok(!isPrivateAddress(address), address);
  }
});

test('a registry on a private address is refused, whether it is named by address or by a name', async () => {
  const { refusal } = ruleOf();
  for (const [repository, address] of [
    ['127.0.0.1:22/x', '127.0.0.1'],
    ['169.254.169.254/latest/meta-data', '169.254.169.254'],
    ['[::1]:5000/x', '::1'],
    ['[::ffff:10.0.0.1]:80/x', '::ffff:10.0.0.1'],
    ['localhost/x', 'localhost'],
    ['LOCALHOST:5000/x', 'localhost'],
    ['db.localhost:5432/x', 'db.localhost'],
    ['inside.example.com/shop/web', '10.0.0.5'],
    ['registry:5000/web', '172.18.0.2'],
  ] as const) {
    assert.match(
      (await refusal(repository)) ?? '',
      new RegExp(`private address ${address.replaceAll('.', '\\.')};`),
      repository,
    );
  }
});

test('Docker Hub, public registries, and names that cannot be looked up are left to the engine', async () => {
  const { refusal } = ruleOf();
  for (const repository of ['nginx', 'acme/shop', 'registry.example.com/shop', 'gone.example.com:5000/shop']) {
    assert.equal(await refusal(repository), undefined, repository);
  }
});

test('what the setting names may be asked: one port of a host, or all of them', async () => {
  const { refusal } = ruleOf('10.0.0.5:5000', 'inside.example.com', '::1');
  for (const repository of ['10.0.0.5:5000/x', 'inside.example.com/x', 'inside.example.com:5000/x', '[::1]:80/x']) {
    assert.equal(await refusal(repository), undefined, repository);
  }
  assert.notEqual(await refusal('10.0.0.5:22/x'), undefined);
  assert.notEqual(await refusal('10.0.0.5/x'), undefined);
});

test('a name that takes too long to look up is not waited for', async () => {
  const rule = createRegistryRule({ allowPrivate: [], addressesOf: () => new Promise(() => {}), patience: 5 });
  assert.equal(await rule.refusal('slow.example.com/x'), undefined);
});

test('the address to connect to is one that was looked at, and none that is private unless it may be asked', async () => {
  const answers = [['203.0.113.7'], ['10.0.0.5']];
  const rule = createRegistryRule({ allowPrivate: ['10.0.0.9'], addressesOf: async () => answers.shift() ?? [] });
  assert.equal(await rule.addressOf('turns.example.com:5000'), '203.0.113.7');
  await assert.rejects(rule.addressOf('turns.example.com:5000'), /is on the private address 10\.0\.0\.5/);
  await assert.rejects(rule.addressOf('gone.example.com'), /gone\.example\.com leads to no address/);
  await assert.rejects(rule.addressOf('localhost:5000'), /private address localhost/);
  assert.equal(await rule.addressOf('10.0.0.9:443'), '10.0.0.9');
});
