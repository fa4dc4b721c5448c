import { access, constants, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { type Check, failed, ok } from './check.ts';

const NAME = 'machine';

/** Root, a data folder that can be made, and no master in it. */
export async function checkMachine(data: string, root: boolean): Promise<Check> {
  if (!root) {
    return failed(
      NAME,
      'this user is not root',
      'run it as root: the agent gives the master the Docker of this machine',
    );
  }
  if (await isThere(join(data, 'orca.db'))) {
    return failed(
      NAME,
      `${data} is the data folder of a master`,
      "the master's machine is a node already, called local until it is renamed: join from another machine",
    );
  }
  const above = await nearest(data);
  const writable = await access(above, constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!writable) return failed(NAME, `${above} cannot be written to`, 'name a folder on another disk with --data');
  return ok(NAME, `root, and ${data} can be written to`);
}

const isThere = (path: string): Promise<boolean> =>
  stat(path).then(
    () => true,
    () => false,
  );

/** The folder, or the one above it in which it would be made. */
async function nearest(path: string): Promise<string> {
  if ((await isThere(path)) || dirname(path) === path) return path;
  return nearest(dirname(path));
}
