import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OrcaError } from '../../../../src/core/errors.ts';
import type { MayDeployTo } from '../../../../src/core/names/consent.ts';
import type { Internal } from '../../../../src/core/names/networks.ts';
import { requireVisible } from '../../../../src/core/names/require-visible.ts';

interface Wish {
  readonly hosts?: readonly string[];
  readonly internal?: Internal;
}

/** `shop/web` */
function service(path: string, { hosts = [], internal }: Wish = {}) {
  const [project = '', name = ''] = path.split('/');
  return { project, name, internal, extraHosts: hosts };
}
type Service = ReturnType<typeof service>;

const everybody: MayDeployTo = () => true;
const shopOnly: MayDeployTo = (project) => project === 'shop';

/** Where it is refused, and why; undefined if it is not. */
function refused(spec: Service, others: readonly Service[], own: readonly Service[] = [], mayDeployTo = everybody) {
  try {
    requireVisible(spec, { own, others, mayDeployTo });
    return undefined;
  } catch (error) {
    const { code, message, details } = error as OrcaError;
    assert.equal(code, 'conflict');
    return `${details?.['path']}: ${message}`;
  }
}

test('a line of extra_hosts hides no service that is there, by its short name or its whole one', () => {
  const others = [service('shop/db'), service('crm/mail')];
  const web = (host: string) => service('shop/web', { hosts: ['cache:10.0.0.4', `${host}:10.0.0.5`] });
  for (const host of ['db', 'DB', 'db.shop.internal'])
    assert.match(refused(web(host), others) ?? '', /^extra_hosts\[1\]: web: extra_hosts\[1\]: db\S* is the service db/);
  for (const host of ['mail', 'web', 'db.crm.internal', 'mail.crm.internal'])
    assert.equal(refused(web(host), others), undefined, host);
});

test('a service of another project is hidden only from those that it grants its name', () => {
  const web = service('shop/web', { hosts: ['mail.crm.internal:10.0.0.5'] });
  for (const internal of [true as const, ['shop']])
    assert.match(refused(web, [service('crm/mail', { internal })]) ?? '', /is the service mail/);
  assert.equal(refused(web, [service('crm/mail', { internal: ['billing'] })]), undefined);
});

test('a service does not come to a name that a line of another one hides', () => {
  const others = [service('shop/web', { hosts: ['db:10.0.0.5'] }), service('crm/mail', { hosts: ['db:10.0.0.5'] })];
  assert.match(refused(service('shop/db'), others) ?? '', /^name: db: name: the service web has a line with this name/);
  assert.equal(refused(service('shop/cache'), others), undefined);
  assert.equal(refused(service('billing/db'), others), undefined);
});

test('a grant does not lead to a name that is hidden there; whose line it is, is told to those who may know', () => {
  const others = [service('crm/mail', { hosts: ['db.shop.internal:10.0.0.5'] })];
  const db = service('shop/db', { internal: ['crm'] });
  assert.match(refused(db, others, [service('shop/db')]) ?? '', /the service mail has a line/);
  assert.match(refused(db, others, [service('shop/db')], shopOnly) ?? '', /: a service of another project has a line/);
  assert.equal(refused(db, others, [db]), undefined);
});

test('what is so already stays: a service is deployed again as it was', () => {
  const db = service('shop/db');
  const web = service('shop/web', { hosts: ['db:10.0.0.5'] });
  assert.equal(refused(web, [db], [web]), undefined);
  assert.equal(refused(db, [web], [db]), undefined);
  const more = service('shop/web', { hosts: ['db:10.0.0.5', 'db.shop.internal:10.0.0.5'] });
  assert.match(refused(more, [db], [web]) ?? '', /^extra_hosts\[1\]/);
});
