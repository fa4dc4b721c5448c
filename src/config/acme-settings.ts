import { define, type Role } from './setting.ts';
import { matching, oneOf, optional } from './values.ts';

const SERVER: readonly Role[] = ['server'];
const path = matching('path', /^[^\0]+$/, 'a path');

/** Those of the public CA that certificates are ordered from. */
export const ACME_SETTINGS = {
  'acme.directory': define({
    type: matching('URL', /^https:\/\/[^\s/]+\/\S*$/, 'the https address of an ACME directory'),
    standard: 'https://acme-v02.api.letsencrypt.org/directory',
    roles: SERVER,
    about:
      'the CA that certificates are ordered from: its ACME directory; nothing is ordered before `orca certs agree`',
  }),
  'acme.email': define({
    type: optional(matching('address', /^[^\s@,<>]+@[^\s@,<>]+$/, 'an e-mail address')),
    standard: '',
    roles: SERVER,
    about: 'e-mail address that the CA is given; the one of `orca certs agree --email` unless set',
  }),
  'acme.challenge': define({
    type: oneOf(['http-01', 'tls-alpn-01']),
    standard: 'http-01',
    roles: SERVER,
    about: 'how the CA sees that a name is yours: it asks on port 80 (http-01), or on port 443 (tls-alpn-01)',
  }),
  'acme.check': define({
    type: oneOf(['on', 'off']),
    standard: 'on',
    roles: SERVER,
    about: 'order only for names that lead to this cluster, as this machine sees them',
  }),
  'acme.ca': define({
    type: optional(path),
    standard: '',
    roles: SERVER,
    about: "PEM file of the CA that vouches for the directory's own address; the system's CAs unless given",
  }),
  'acme.eab_kid': define({
    type: optional(matching('text', /^\S+$/, 'a key identifier')),
    standard: '',
    roles: SERVER,
    about: 'identifier of the account that you have with the CA, if it wants one (external account binding)',
  }),
  'acme.eab_key_file': define({
    type: optional(path),
    standard: '',
    roles: SERVER,
    about: 'file that holds the HMAC key of that account, base64url',
  }),
} as const;
