/** Why an image is not there, for everyone: a sentence, and what to do next. */
export interface NoImage {
  readonly message: string;
  readonly hint: string;
}

type Said = readonly [pattern: RegExp, message: (image: string) => string, hint: string];

/** What a registry answers by its own protocol, and what the machine's disk says: first match wins. */
const KNOWN: readonly Said[] = [
  [
    /toomanyrequests|rate limit/i,
    (image) => `the registry's rate limit is reached: ${image} cannot be pulled now`,
    'wait, or log in to the registry with `docker login` on the machine',
  ],
  [
    /no space left on device/i,
    (image) => `the disk is full: ${image} cannot be pulled`,
    'free disk space on the docker host, e.g. with `docker image prune`',
  ],
  [
    /manifest unknown|name unknown|manifest for .* not found|no matching manifest/i,
    (image) => `${image} not found`,
    'check the name and the tag',
  ],
  [
    /denied|unauthorized|no basic auth credentials|may require 'docker login'/i,
    (image) => `access to ${image} denied: it does not exist, or the registry needs a login`,
    'check the name and the tag, or log in to the registry with `docker login` on the machine',
  ],
];

/**
 * Only what a registry can say by its protocol is told, in words of our own: whatever else listens at an address answers in
 * the words of one sentence, so that nobody can look at ports through the engine.
 *
 * @param detail what Docker or the registry said
 */
export function whyNoImage(ref: string, detail: string): NoImage {
  const image = `image "${ref}"`;
  const known = KNOWN.find(([pattern]) => pattern.test(detail));
  if (known) return { message: known[1](image), hint: known[2] };
  return {
    message: `${image} cannot be pulled: its registry gave no usable answer`,
    hint: "check the registry's address; one on a private address must be named in `registries.allow_private`; the server's log says more",
  };
}
