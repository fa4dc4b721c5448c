import type { ServiceSpec } from './service-spec.ts';

const PUSHED = /\$\{push\.sha(?::-([\w.-]*))?\}/g;

/** Whether an image is named by what was pushed: `acme/web:${push.sha}`. */
export const namesPush = (image: string): boolean => image.search(PUSHED) >= 0;

/**
 * The reference to run: with the commit that was pushed last, or with what stands for it until there is one
 * (`${push.sha:-main}`). Undefined where there is neither.
 */
export function imageOf({ image, commit }: Pick<ServiceSpec, 'image' | 'commit'>): string | undefined {
  if (!namesPush(image)) return image;
  const open = commit === undefined && [...image.matchAll(PUSHED)].some(([, fallback]) => fallback === undefined);
  return open ? undefined : image.replace(PUSHED, (_, fallback: string | undefined) => commit ?? fallback ?? '');
}

/** As it can be shown: what is not known yet stays a reference. */
export const shownImage = (spec: Pick<ServiceSpec, 'image' | 'commit'>): string => imageOf(spec) ?? spec.image;
