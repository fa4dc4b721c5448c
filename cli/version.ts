import manifest from '../package.json' with { type: 'json' };

/** Of this client; the build puts the number in. */
export const CLIENT_VERSION: string = manifest.version;
