import type { DockerClient } from './client.ts';
import { dial } from './dial.ts';

/** Whether containers get users of their own (`userns-remap`, rootless); asked for once. */
export type HasOwnUsers = () => Promise<boolean>;

export function askForOwnUsers(client: DockerClient): HasOwnUsers {
  let known: boolean | undefined;
  return async () => {
    known ??= await ask(client);
    return known;
  };
}

/** `GET /info` */
async function ask(client: DockerClient): Promise<boolean> {
  const { SecurityOptions } = await client.call('describe itself', (docker, signal) =>
    dial<{ readonly SecurityOptions?: readonly string[] | null }>(docker, '/info', { signal }),
  );
  return (SecurityOptions ?? []).some((option) => option === 'name=userns' || option === 'name=rootless');
}
