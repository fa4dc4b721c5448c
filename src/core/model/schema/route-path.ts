import type { Reading } from '../../units.ts';
import { read, shown, text } from './read.ts';

const EXPECTED = 'expected a path prefix such as /api';

const FORM = "^/$|^(/(?!\\.{1,2}(/|$))[A-Za-z0-9._~!$&'()+,=:@-]+)+/?$";

/** A path prefix of whole segments: `/`, or without a trailing slash. */
export const routePath = () => read(shown(text(EXPECTED, 1024), { pattern: FORM }), parseRoutePath);

/** Only spellings that mean the same to every parser: no escapes, no `.` or `..`, no empty segments. */
export function parseRoutePath(written: string): Reading<string> {
  if (!written.startsWith('/')) return { message: EXPECTED, hint: 'a path begins with /' };
  if (/[?#]/.test(written)) return { message: EXPECTED, hint: 'a prefix has no query and no fragment' };
  if (written.includes('%')) return { message: EXPECTED, hint: 'write it without %-escapes' };
  if (written.includes('*')) return { message: EXPECTED, hint: 'prefixes match all paths below them; leave out the *' };
  if (!/^[A-Za-z0-9/._~!$&'()+,=:@-]+$/.test(written)) {
    return { message: EXPECTED, hint: "letters, digits and -._~!$&'()+,=:@ can stand in a path" };
  }
  const segments = written.slice(1).replace(/\/$/, '').split('/');
  if (written === '/') return { value: '/' };
  if (segments.some((segment) => segment === '' || segment === '.' || segment === '..')) {
    return { message: EXPECTED, hint: 'without //, . or .. in it' };
  }
  return { value: `/${segments.join('/')}` };
}

const PROBE = 'expected a request path such as /healthz';

const PROBE_FORM = '^/[!$-;=?-Z[\\]_a-z~]*$';

/** What an HTTP probe asks for: an origin-form request target, RFC 9112 section 3.2.1. */
export const probePath = () =>
  read(shown(text(PROBE, 1024), { pattern: PROBE_FORM }), (written): Reading<string> => {
    if (/^https?:\/\//.test(written)) return { message: PROBE, hint: 'only the path; the host is the task' };
    return /^\/[!-~]*$/.test(written) && !/[#\\"<>^`{|}]/.test(written) ? { value: written } : { message: PROBE };
  });
