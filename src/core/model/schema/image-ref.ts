// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the manifest's reference

import type { Reading } from '../../units.ts';
import { imageOf, namesPush } from '../pushed-image.ts';
import { read, shown, text } from './read.ts';

const EXPECTED = 'expected an image such as nginx:1.27 or registry.example.com/team/app@sha256:...';
const COMPONENT = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*';
const HOST =
  '(?:(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9])(?:\\.(?:[A-Za-z0-9]|[A-Za-z0-9][A-Za-z0-9-]*[A-Za-z0-9]))*|\\[[a-fA-F0-9:]+\\])(?::[0-9]{1,5})?';
const NAME = new RegExp(`^(?:${HOST}/)?${COMPONENT}(?:/${COMPONENT})*$`);
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[a-f0-9]{64}$/;

/** In a tag, as the whole of it or a part. */
const PUSHED = '\\$\\{push\\.sha(?::-[\\w.-]*)?\\}';
const FORM = `^(?:${HOST}/)?${COMPONENT}(?:/${COMPONENT})*(?::(?:\\w|${PUSHED})(?:[\\w.-]|${PUSHED}){0,127})?(?:@sha256:[a-f0-9]{64})?$`;

/**
 * An image reference in the grammar of github.com/distribution/reference, with SHA-256 digests only. Its tag may name the
 * commit that was pushed: `acme/web:${push.sha}`.
 */
export const imageRef = () =>
  read(shown(text(EXPECTED, 512), { pattern: FORM }), (ref) =>
    namesPush(ref) ? parsePushed(ref) : parseImageRef(ref),
  );

/** With a commit, and with what stands for one before there is any, it must be a reference. */
function parsePushed(image: string): Reading<string> {
  const [before = ''] = image.split('${push.');
  if (!/:[\w.-]*$/.test(before) || image.includes('@')) return TAG_ONLY;
  for (const commit of [SAMPLE, undefined]) {
    const reading = parseImageRef(imageOf({ image, commit }) ?? image.replaceAll('${push.sha}', SAMPLE));
    if (!('value' in reading)) return reading;
  }
  return { value: image };
}

const SAMPLE = '0'.repeat(40);
const TAG_ONLY = { message: EXPECTED, hint: 'a pushed commit stands in the tag: acme/web:${push.sha}' };

export function parseImageRef(ref: string): Reading<string> {
  const [named = '', digest, ...more] = ref.split('@');
  const colon = named.indexOf(':', named.lastIndexOf('/') + 1);
  const name = colon < 0 ? named : named.slice(0, colon);
  const tag = colon < 0 ? undefined : named.slice(colon + 1);
  if (more.length > 0 || (digest !== undefined && !DIGEST.test(digest))) {
    return { message: EXPECTED, hint: 'a digest is sha256: and 64 hexadecimal digits' };
  }
  if (tag !== undefined && !TAG.test(tag)) return { message: EXPECTED, hint: tagHint(name, tag) };
  if (name.length > 255 || !NAME.test(name) || /^[a-f0-9]{64}$/.test(name)) {
    return { message: EXPECTED, hint: nameHint(name, ref) };
  }
  return { value: ref };
}

function nameHint(name: string, ref: string): string | undefined {
  if (/^https?:\/\//.test(ref)) return 'write it without the scheme';
  if (name !== name.toLowerCase() && NAME.test(name.toLowerCase())) {
    return `image names are lower case: did you mean ${ref.replace(name, name.toLowerCase())}?`;
  }
  return undefined;
}

const tagHint = (name: string, tag: string): string | undefined =>
  tag === '' ? `did you mean ${name}:latest?` : undefined;
