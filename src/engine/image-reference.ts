/** An image's name in parts, as Docker reads it (github.com/distribution/reference). */
export interface ImageReference {
  /** As RepoDigests spell it: `nginx`, `acme/shop`, `registry.example.com:5000/shop`. */
  readonly repository: string;
  readonly tag?: string | undefined;
  /** `sha256:...` */
  readonly digest?: string | undefined;
}

/** Undefined if it is no image name. An image id (`sha256:...`) is none. */
export function parseImageReference(text: string): ImageReference | undefined {
  const match = isImageId(text) || text.length > 512 ? null : PATTERN.exec(text);
  if (match?.[1] === undefined) return undefined;
  return { repository: familiar(match[1]), tag: match[2], digest: match[3] };
}

export const isImageId = (text: string): boolean => /^sha256:[0-9a-f]{64}$/.test(text);

const HOST = '(?:[a-zA-Z0-9](?:[a-zA-Z0-9.-]*[a-zA-Z0-9])?|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?/';
const PART = '[a-z0-9]+(?:(?:[._]|__|-+)[a-z0-9]+)*';
const PATTERN = new RegExp(`^((?:${HOST})?${PART}(?:/${PART})*)(?::(\\w[\\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$`);

/** Docker Hub's own names are shown without its host, official images without `library/`. */
const familiar = (repository: string): string =>
  repository.replace(/^(?:index\.)?docker\.io\//, '').replace(/^library\/(?=[^/]+$)/, '');
