import { existsSync } from 'node:fs';
import type { DeployBody } from '../src/contract/deploy.ts';
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
}

/**
 * Reads and checks the manifest; without a name `./orca.yml`, or `./orca.yaml`. The schema is loaded only here.
 * @throws OrcaError `not_found`, or `invalid` with every error in it
 */
export async function readManifest({ env }: Session, { file, project }: ManifestFlags): Promise<LoadedManifest> {
  const { loadManifest } = await import('../src/manifest/load.ts');
  const path = file ?? (!existsSync('orca.yml') && existsSync('orca.yaml') ? 'orca.yaml' : 'orca.yml');
  const manifest = loadManifest(path, { env: env.variables });
  const moved = project === undefined ? {} : { project };
  return {
    path,
    body: { services: manifest.services.map((service) => ({ ...service, ...moved })) },
    services: manifest.specs.map((spec) => ({ project: project ?? spec.project, name: spec.name })),
  };
}
