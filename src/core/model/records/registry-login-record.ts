import type { RegistryLogin } from '../registry-login.ts';
import { type RecordFormat, SAME } from './format.ts';
import { number, object, text } from './shape.ts';

/** Version 0 was never written. */
export const REGISTRY_LOGIN_RECORD: RecordFormat<RegistryLogin> = {
  upgrades: [SAME],
  shape: object<RegistryLogin>({ place: text, username: text, password: text, createdBy: text, createdAt: number }),
};
