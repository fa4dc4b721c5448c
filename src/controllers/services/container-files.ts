import { OrcaError } from '../../core/errors.ts';
import type { FileSpec } from '../../core/model/file.ts';
import type { ServiceSpec } from '../../core/model/service-spec.ts';
import type { SecretValues } from '../../core/model/templates.ts';
import type { ContainerFile } from '../../engine/engine.ts';
import type { Files } from '../../store/files.ts';

/** The files of a spec with their content, for the call that makes its container. @throws OrcaError `conflict` for a secret without a value; see `Files.read` */
export async function containerFiles(
  files: Pick<Files, 'read'>,
  { files: specs = [] }: ServiceSpec,
  secrets: SecretValues,
): Promise<readonly ContainerFile[]> {
  const all: ContainerFile[] = [];
  for (const spec of specs) {
    const [uid = 0, gid = 0] = spec.owner.split(':').map(Number);
    all.push({
      target: spec.target,
      mode: Number.parseInt(spec.mode, 8),
      uid,
      gid,
      content: await contentOf(files, spec, secrets),
    });
  }
  return all;
}

async function contentOf(
  files: Pick<Files, 'read'>,
  { secret, sha256 = '' }: FileSpec,
  secrets: SecretValues,
): Promise<Buffer> {
  if (secret === undefined) return files.read(sha256);
  const value = secrets.get(secret);
  if (value !== undefined) return Buffer.from(value);
  throw new OrcaError('conflict', `the secret ${secret} has no version in this revision`, {
    hint: 'deploy the service again',
  });
}
