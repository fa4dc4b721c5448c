import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  keyOfAccount,
  keyOfCertificate,
  keyOfInternalAuthority,
  keyOfOrder,
} from '../../../src/core/model/certificate.ts';
import { sealedRecords } from '../../../src/store/sealed.ts';
import { openState } from '../controllers/support/shop.ts';

test('keys of certificates, orders, accounts and CAs are among what is encrypted anew', async (t) => {
  const state = await openState(t);
  const name = 'shop.example.com';
  const authority = 'https://ca.example.com/dir';
  const issued = { issuer: 'ca', chain: '', from: 0, until: 1, issuedAt: 0 };
  await state.store.txn({
    then: [
      state.certificates.put({ name, source: 'acme', authority, key: 'old', ...issued }),
      state.certificateOrders.put({ name, authority, key: 'old', startedAt: 0 }),
      state.acmeAccounts.put({ authority, key: 'old', createdAt: 0 }),
      state.internalAuthorities.put({ id: 'c0ffee', certificate: '', key: 'old', createdAt: 0 }),
    ],
  });
  const { records } = await sealedRecords(state);
  const places = [keyOfCertificate(name), keyOfOrder(name), keyOfAccount(authority), keyOfInternalAuthority('c0ffee')];
  assert.deepEqual(records.map(({ place }) => place).toSorted(), places.toSorted());
  const then = records.map(({ put }) => put('new', () => ''));
  assert.ok((await state.store.txn({ compare: records.map(({ unchanged }) => unchanged), then })).succeeded);
  assert.deepEqual([...new Set((await sealedRecords(state)).records.map(({ envelope }) => envelope))], ['new']);
});
