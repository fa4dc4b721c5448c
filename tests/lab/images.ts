import { createHash, randomUUID } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { cp, mkdir, mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { run } from './command.ts';

type Docker = (args: readonly string[]) => Promise<string>;

/**
 * Makes a test image, nothing is pulled. `orca-test/web:<version>`: busybox serving the version's text on :8080 at `/` and
 * `/healthz`. `orca-test/app:<version>`: tests/lab/app/server.mjs on Node, with `VERSION=<version>`. `orca-test/thief:<any>`:
 * tests/lab/thief/thief.pl, and `ping`.
 */
export async function ensureImage(docker: Docker, image: string): Promise<void> {
  if (await isThere(docker, image)) return;
  const [name, version = 'latest'] = image.split(':');
  if (name === 'orca-test/web') await makeWeb(docker, image, version);
  else if (name === 'orca-test/app') await makeApp(docker, image, version);
  else if (name === 'orca-test/thief') await makeThief(docker, image);
  else throw new Error(`no such test image: ${image}`);
}

const isThere = (docker: Docker, image: string): Promise<boolean> =>
  docker(['image', 'inspect', '--format', '{{.Id}}', image]).then(
    () => true,
    () => false,
  );

async function makeWeb(docker: Docker, image: string, version: string): Promise<void> {
  const tar = await cachedTar(`web-${version}`, async (tree) => {
    await addBusybox(tree);
    await mkdir(join(tree, 'www'));
    await writeFile(join(tree, 'www/index.html'), `${version}\n`);
    await writeFile(join(tree, 'www/healthz'), 'ok\n');
  });
  const command = JSON.stringify(['/bin/busybox', 'httpd', '-f', '-p', '8080', '-h', '/www']);
  await docker(['import', '--change', `CMD ${command}`, '--change', 'ENV PATH=/bin', tar, image]);
}

/** Perl is on every Debian, and opens packet sockets. `ping` comes without the capability that Debian's package gives the file. */
async function makeThief(docker: Docker, image: string): Promise<void> {
  const tar = await cachedTar(`thief-${digestOf(THIEF)}`, async (tree) => {
    await addBusybox(tree);
    await addProgram(tree, '/usr/bin/perl');
    await addProgram(tree, '/bin/ping');
    await cp(THIEF, join(tree, 'thief.pl'));
  });
  const command = JSON.stringify(['/bin/sleep', 'infinity']);
  await docker(['import', '--change', `CMD ${command}`, '--change', 'ENV PATH=/bin', tar, image]);
}

/** The layer with Node is imported once; a version is a commit of nothing but an environment variable. */
async function makeApp(docker: Docker, image: string, version: string): Promise<void> {
  const base = 'orca-test/app-base:latest';
  if (!(await isThere(docker, base))) await importApp(docker, base);
  const container = `orca-test-make-${randomUUID()}`;
  await docker(['create', '--name', container, base]);
  await docker(['commit', '--change', `ENV VERSION=${version}`, container, image]);
  await docker(['rm', container]);
}

async function importApp(docker: Docker, image: string): Promise<void> {
  const tar = await cachedTar(`app-${process.version}-${digestOf(APP, WS)}`, async (tree) => {
    await addBusybox(tree);
    await addProgram(tree, process.execPath);
    await mkdir(join(tree, 'app/node_modules'), { recursive: true });
    await cp(APP, join(tree, 'app/server.mjs'));
    await cp(dirname(WS), join(tree, 'app/node_modules/ws'), { recursive: true });
  });
  const command = JSON.stringify(['/bin/node', '/app/server.mjs']);
  await docker(['import', '--change', `CMD ${command}`, '--change', 'ENV PATH=/bin', tar, image]);
}

const APP = join(import.meta.dirname, 'app/server.mjs');
const WS = createRequire(import.meta.url).resolve('ws/package.json');

const THIEF = join(import.meta.dirname, 'thief/thief.pl');

function digestOf(...files: readonly string[]): string {
  const hash = createHash('sha256');
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest('hex').slice(0, 12);
}

/** A root file system as a tar, made once a machine. */
async function cachedTar(key: string, fill: (tree: string) => Promise<void>): Promise<string> {
  const cache = join(tmpdir(), 'orca-lab-images');
  const tar = join(cache, `${key}.tar`);
  if (existsSync(tar)) return tar;
  await mkdir(cache, { recursive: true });
  const tree = await mkdtemp(join(cache, 'tree-'));
  try {
    for (const dir of ['bin', 'etc', 'tmp', 'proc', 'sys', 'dev']) await mkdir(join(tree, dir));
    await fill(tree);
    const draft = `${tree}.tar`;
    await run(['tar', '--create', '--file', draft, '--directory', tree, '--owner=0', '--group=0', '.']);
    await rename(draft, tar);
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
  return tar;
}

async function addBusybox(tree: string): Promise<void> {
  await cp('/bin/busybox', join(tree, 'bin/busybox'));
  for (const name of BUSYBOX_NAMES) await symlink('busybox', join(tree, 'bin', name));
  await writeFile(join(tree, 'etc/passwd'), 'root:x:0:0:root:/:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n');
}

const BUSYBOX_NAMES = [
  'cat',
  'echo',
  'false',
  'head',
  'hostname',
  'id',
  'ls',
  'nc',
  'sh',
  'sleep',
  'true',
  'wget',
  'yes',
];

/** A program and the libraries it is linked with, at the paths the loader looks for them. */
async function addProgram(tree: string, file: string): Promise<void> {
  await cp(file, join(tree, 'bin', basename(file)), { dereference: true });
  const listing = await run(['ldd', file]);
  for (const [path = ''] of listing.matchAll(/\/\S+(?= \(0x)/g)) {
    await mkdir(join(tree, dirname(path)), { recursive: true });
    await cp(path, join(tree, path), { dereference: true });
  }
}
