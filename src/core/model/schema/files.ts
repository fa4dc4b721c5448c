// biome-ignore-all lint/suspicious/noTemplateCurlyInString: it is the manifest's reference

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { Reading } from '../../units.ts';
import { type FileSpec, isWithin, MAX_FILE } from '../file.ts';
import { isSecretKey, SECRET_KEY } from '../secret.ts';
import { containerPath } from './container-options.ts';
import type { SpecIssue } from './issue.ts';
import { flag, oneOf, read, shown, text } from './read.ts';

const MODE = /^0?[0-7]{3}$/;
const MODE_EXPECTED = 'expected an octal mode in quotes, such as "0444"';
const OWNER = /^\d{1,9}:\d{1,9}$/;
const OWNER_EXPECTED = 'expected the numbers of a user and a group in quotes, such as "999:999"';
const KEY_EXPECTED = 'expected the key of a secret, such as DB_PASSWORD';

/** Characters of base64 for `MAX_FILE` bytes. */
const MAX_CONTENT = 4 * Math.ceil(MAX_FILE / 3);
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

export const file = () =>
  z
    .strictObject({
      source: text('expected a path').optional().describe('A file to take the content of, relative to this one.'),
      content: z
        .string('expected text')
        .max(MAX_CONTENT, 'is more than 1 MiB')
        .optional()
        .describe('The content itself, instead of `source`.'),
      encoding: oneOf(['text', 'base64']).optional().describe('How `content` is written: `text`, or `base64`.'),
      template: flag()
        .optional()
        .describe('Replace `${env.NAME}` in the content, where the CLI runs. Without it nothing in it is touched.'),
      secret: shown(z.string(KEY_EXPECTED).refine(isSecretKey, KEY_EXPECTED), { pattern: SECRET_KEY.source })
        .optional()
        .describe('A secret that is the content, by its key.'),
      target: read(containerPath(), checkTarget).describe('Path in the container.'),
      mode: shown(text(MODE_EXPECTED).regex(MODE, MODE_EXPECTED), { pattern: MODE.source })
        .prefault('0444')
        .describe('Its permissions, octal.'),
      owner: shown(text(OWNER_EXPECTED).regex(OWNER, OWNER_EXPECTED), { pattern: OWNER.source })
        .prefault('0:0')
        .describe('Its owner, `uid:gid`.'),
    })
    .transform((input, context): ParsedFile => {
      for (const { path, message, hint } of issuesOf(input))
        context.addIssue({ code: 'custom', path: [...path], message, params: { hint } });
      const { target, mode, owner, secret } = input;
      const common = { target, mode: mode.padStart(4, '0'), owner };
      if (secret !== undefined) return { ...common, secret };
      const bytes = contentBytes(input) ?? Buffer.alloc(0);
      if (bytes.length > MAX_FILE)
        context.addIssue({ code: 'custom', path: ['content'], message: 'is more than 1 MiB' });
      return { ...common, sha256: digestOf(bytes), size: bytes.length };
    });

export type ParsedFile = FileSpec;

interface Content {
  readonly content?: string | undefined;
  readonly encoding?: string | undefined;
}

/** What is in a file; undefined where nothing is said of it. */
export const contentBytes = ({ content, encoding }: Content): Buffer | undefined =>
  content === undefined ? undefined : Buffer.from(content, encoding === 'base64' ? 'base64' : 'utf8');

export const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

interface Input extends Content {
  readonly source?: string | undefined;
  readonly template?: boolean | undefined;
  readonly secret?: string | undefined;
}

function issuesOf({ source, content, encoding, template, secret }: Input): SpecIssue[] {
  if (source !== undefined) {
    return [{ path: ['source'], message: '`source` is only read where the CLI runs', hint: 'send it in `content`' }];
  }
  if ((content === undefined) === (secret === undefined)) {
    const message =
      content === undefined ? 'no content: expected `source`, `content` or `secret`' : 'both `content` and `secret`';
    return [{ path: [], message, hint: 'a file has one of `source`, `content` and `secret`' }];
  }
  if (template)
    return [
      {
        path: ['template'],
        message: '`template` is only read where the CLI runs',
        hint: 'send the content as it is to be',
      },
    ];
  if (encoding !== undefined && content === undefined)
    return [{ path: ['encoding'], message: '`encoding` is of `content`' }];
  if (encoding === 'base64' && !BASE64.test(content ?? '')) return [{ path: ['content'], message: 'is not base64' }];
  return [];
}

/** Docker's own, or the kernel's. */
const TAKEN = ['/proc', '/sys', '/dev'];
const DOCKERS = ['/etc/hosts', '/etc/hostname', '/etc/resolv.conf'];

function checkTarget(target: string): Reading<string> {
  if (target === '/' || TAKEN.some((folder) => isWithin(target, folder)))
    return { message: `expected the path of a file, not / and not in ${TAKEN.join(', ')}` };
  if (DOCKERS.includes(target)) {
    const hint = target === '/etc/hosts' ? 'write `extra_hosts`' : undefined;
    return { message: `${target} is written by docker when the container starts`, ...(hint && { hint }) };
  }
  return { value: target };
}
