import { FREE_SOME } from '../core/disk/room.ts';
import { registryOf } from '../core/registry/place.ts';
import type { RegistryAccount } from './credentials/account.ts';
import { parseImageReference } from './image-reference.ts';

/** Why an image is not there, for everyone: a sentence, and what to do next. */
export interface NoImage {
  readonly message: string;
  readonly hint: string;
}

/** In whose name the registry was asked; with `trouble` why in nobody's, where it should have been. */
export interface Asker {
  readonly account?: RegistryAccount | undefined;
  readonly trouble?: string | undefined;
}

type Said = readonly [pattern: RegExp, message: (image: string) => string, hint: string];

/** What a registry answers by its own protocol, and what the machine's disk says: first match wins. */
const KNOWN: readonly Said[] = [
  [
    /toomanyrequests|rate limit/i,
    (image) => `the registry's rate limit is reached: ${image} cannot be pulled now`,
    'wait, or use an account: `orca registry login`',
  ],
  [
    /no space left on device/i,
    (image) => `the disk of the docker host is full: ${image} cannot be pulled: ${FREE_SOME}`,
    'free some room on the disk, then deploy again',
  ],
  [
    /manifest unknown|name unknown|manifest for .* not found|no matching manifest/i,
    (image) => `${image} not found`,
    'check the name and the tag',
  ],
];

/** The registry does not know the account, or not this password of it. In the words of Docker 20.10 and 28. */
const REFUSED = /unauthorized|incorrect username or password|status: 401|authentication required/i;
const DENIED = /denied|no basic auth credentials|may require 'docker login'|status: 403/i;

/** @param detail what Docker said of a login */
export const isRefusedLogin = (detail: string): boolean => REFUSED.test(detail) || DENIED.test(detail);

/**
 * Only what a registry can say by its protocol is told, in words of our own: whatever else listens at an address answers in
 * the words of one sentence, so that nobody can look at ports through the engine.
 *
 * @param detail what Docker or the registry said
 */
export function whyNoImage(ref: string, detail: string, asker: Asker = {}): NoImage {
  const image = `image "${ref}"`;
  const known = KNOWN.find(([pattern]) => pattern.test(detail));
  if (known) return { message: known[1](image), hint: known[2] };
  if (isRefusedLogin(detail)) return noAccess(ref, detail, asker);
  return {
    message: `${image} cannot be pulled: its registry gave no usable answer`,
    hint: "check the registry's address; one on a private address must be named in `registries.allow_private`; the server's log says more",
  };
}

/** What to do stands in the sentence itself: it is all that a deployment keeps. */
function noAccess(ref: string, detail: string, { account, trouble }: Asker): NoImage {
  const registry = registryOf(parseImageReference(ref)?.repository ?? ref);
  if (!account) {
    const why = trouble === undefined ? '' : ` (no account was used: ${trouble})`;
    return {
      message: `access to image "${ref}" denied${why}: it does not exist, or ${registry} needs a login: \`orca registry login ${registry}\``,
      hint: 'check the name and the tag',
    };
  }
  const { username, source, place, remedy } = account;
  const who = username === '' ? 'the token' : `the account "${username}"`;
  const from = `(for ${place}, ${source})`;
  const isRefused = REFUSED.test(detail) && !DENIED.test(detail);
  const said = isRefused
    ? `does not accept ${who} ${from} for image "${ref}"`
    : `does not let ${who} pull image "${ref}", or has no such image ${from}`;
  return { message: `registry ${registry} ${said}: ${remedy}`, hint: 'check the name and the tag' };
}
