import { randomUUID } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { open, rename, rm, stat } from 'node:fs/promises';

const FOLDER = process.env.UPLOADS ?? '/uploads';

/** Names of uploads: nothing that leads out of the folder, or to a draft. */
export const isName = (name) => /^[\w-][\w.-]{0,99}$/.test(name);

/** Keeps the body under a name once all of it is on the disk: both tasks, and the next version, see whole files only. */
export async function keep(name, body) {
  const draft = `${FOLDER}/.${randomUUID()}`;
  try {
    const file = await open(draft, 'wx');
    await file.writeFile(body);
    await file.sync();
    await file.close();
    await rename(draft, `${FOLDER}/${name}`);
  } finally {
    await rm(draft, { force: true });
  }
}

/** Its size and content, or undefined. */
export async function find(name) {
  const path = `${FOLDER}/${name}`;
  const found = await stat(path).catch(() => undefined);
  return found && { size: found.size, content: createReadStream(path) };
}
