import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { LabCluster } from '../cluster.ts';
import type { LabEngine } from '../engine.ts';

const EXAMPLE = readFileSync('examples/shop/orca.yml', 'utf8');

/** Runs examples/shop/run.sh as a user does, outside of the engine's network: there is a way to Debian and to the app's packages. */
export async function runShop(orca: LabCluster, version: number): Promise<string> {
  const { url, dir } = orca.engine;
  const env = { ...process.env, DOCKER_HOST: url, ORCA_DATA: orca.dir, ORCA_API: '', ORCA_TOKEN: '', HOME: dir };
  const { stdout } = await promisify(execFile)('examples/shop/run.sh', [String(version)], { env });
  return stdout;
}

/** What of the example differs in a deploy. */
export interface ShopWish {
  /** Tag of the image, and what the app calls itself. */
  readonly web: { readonly image: string; readonly version: string };
  readonly worker: string;
  readonly db: string;
  readonly greeting: string;
}

/** The example's manifest and config files with that in it, and a short monitor; its path. */
export function shopManifest(orca: LabCluster, { web, worker, db, greeting }: ShopWish): string {
  copyFileSync('examples/shop/nginx.conf', join(orca.engine.dir, 'nginx.conf'));
  writeFileSync(join(orca.engine.dir, 'shop.json'), JSON.stringify({ greeting, max_upload_bytes: 100_000 }));
  const text = EXAMPLE.replace(/orca-shop-app:\$\S+/, `orca-shop-app:${web.image}`)
    .replace(/orca-shop-app:\$\S+/, `orca-shop-app:${worker}`)
    .replace(/orca-shop-db:\$\S+/, `orca-shop-db:${db}`)
    .replace('    env:\n', `    env:\n      VERSION: "${web.version}"\n`)
    .replaceAll(/^ {4}image: .*$/gm, '$&\n    deploy: {monitor: 1s}');
  return orca.manifest('shop', text);
}

/** Another image of a part of the shop: the first one with a label, and for the app with one more migration. */
export async function makeShopImage(
  engine: LabEngine,
  part: 'app' | 'db',
  version: string,
  migration?: { readonly from: string; readonly name: string; readonly sql: string },
): Promise<void> {
  const container = `make-${randomUUID()}`;
  const image = (tag: string) => `orca-shop-${part}:${tag}`;
  await engine.docker(['create', '--name', container, image(migration?.from ?? '1')]);
  if (migration !== undefined) {
    const file = join(engine.dir, migration.name);
    writeFileSync(file, migration.sql);
    await engine.docker(['cp', file, `${container}:/app/migrations/`]);
  }
  await engine.docker(['commit', '--change', `LABEL version=${version}`, container, image(version)]);
  await engine.docker(['rm', container]);
}
