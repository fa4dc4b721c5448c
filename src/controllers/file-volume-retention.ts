import type { Engines } from '../engine/engines.ts';
import type { Log } from '../telemetry/log.ts';

export interface FileVolumeRetentionOptions {
  readonly engines: Pick<Engines, 'nodes' | 'of'>;
  readonly log: Log;
}

/** Removes folders of files, with the secrets in them, whose container somebody has removed. An engine that is away is asked again. */
export const createFileVolumeRetention =
  ({ engines, log }: FileVolumeRetentionOptions): (() => Promise<void>) =>
  async () => {
    const removeOn = async (node: string): Promise<void> => {
      const removed = await engines.of(node).removeLeftFileVolumes();
      if (removed.length > 0) log.info({ node, volumes: removed }, 'folders of files without a container are removed');
    };
    const failing = (node: string) => (err: unknown) => log.debug({ err, node }, 'folders of files may be left');
    await Promise.all(engines.nodes().map((node) => removeOn(node).catch(failing(node))));
  };
