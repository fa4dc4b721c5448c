import { existsSync } from 'node:fs';
import { usage } from '../output/error.ts';

export interface ProjectFlags {
  readonly project?: string | undefined;
  readonly cluster?: boolean | undefined;
}

/**
 * Whose secrets are meant: the project's that is named, else that of ./orca.yml; undefined: the cluster's.
 * @throws OrcaError `malformed` where nothing tells
 */
export async function projectFor({ project, cluster }: ProjectFlags): Promise<string | undefined> {
  if (cluster && project !== undefined) throw usage('--cluster and --project exclude each other');
  if (cluster) return undefined;
  const found = project ?? (await projectHere());
  if (found !== undefined) return found;
  throw usage('which project are the secrets of?', 'add --project NAME, or --cluster; or run it beside orca.yml');
}

async function projectHere(): Promise<string | undefined> {
  const file = ['orca.yml', 'orca.yaml'].find((name) => existsSync(name));
  if (file === undefined) return undefined;
  const { projectIn } = await import('../../src/manifest/project-in.ts');
  return projectIn(file);
}
