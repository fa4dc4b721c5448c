import manifest from '../package.json' with { type: 'json' };

/** Of this program; the build puts the number in. */
export const VERSION: string = manifest.version;
