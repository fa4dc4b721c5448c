import { existsSync } from 'node:fs';
import type { DeployBody } from '../src/contract/deploy.ts';
import { OrcaError } from '../src/core/errors.ts';
import type { Session } from './session.ts';

export interface ManifestFlags {
  readonly file?: string | undefined;
  /** Stands in for the project of the file. */
  readonly project?: string | undefined;
}

export interface LoadedManifest {
  /** As it was named, for messages. */
  readonly path: string;
  /** What deploy and plan send. */
  readonly body: DeployBody;
  readonly services: readonly { readonly project: string; readonly name: string }[];
  /** `orca.yml:12:5: `, of a key in a service; nothing for what is not written in the file. */
  placeOf(service: string, path: string | undefined): string;
}

/**
 * Reads and checks the manifest; without a name `./orca.yml`, or `./orca.yaml`. The schema is loaded only here.
 * @throws OrcaError `not_found`, or `invalid` with every error in it
 */
export async function readManifest({ env }: Session, { file, project }: ManifestFlags): Promise<LoadedManifest> {
  const { loadManifest } = await import('../src/manifest/load.ts');
  const path = file ?? (!existsSync('orca.yml') && existsSync('orca.yaml') ? 'orca.yaml' : 'orca.yml');
  const manifest = load(() => loadManifest(path, { env: env.variables }));
  const moved = project === undefined ? {} : { project };
  return {
    path,
    body: {
      services: manifest.services.map((service) => ({ ...service, ...moved })),
      ...(manifest.volumes.length > 0 && { volumes: manifest.volumes.map((volume) => ({ ...volume, ...moved })) }),
    },
    services: manifest.specs.map((spec) => ({ project: project ?? spec.project, name: spec.name })),
    placeOf: (service, key) => {
      const at = key === undefined ? undefined : manifest.placeOf(`services.${service}.${key}`);
      return at ? `${path}:${at.line}:${at.column}: ` : '';
    },
  };
}

/** `web.yml/x` is as little there as a missing file. */
function load<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    const missing =
      error instanceof OrcaError && (error.cause as NodeJS.ErrnoException | undefined)?.code === 'ENOTDIR';
    throw missing ? new OrcaError('not_found', error.message, { cause: error, hint: error.hint }) : error;
  }
}
