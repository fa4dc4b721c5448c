import { VERSION } from '../src/version.ts';

/** Of this client. */
export const CLIENT_VERSION: string = VERSION;
