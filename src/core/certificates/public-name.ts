/** Top-level names that are not on the Internet: RFC 2606, RFC 6761, RFC 6762, RFC 8375, RFC 9476, and ICANN's `internal`. */
const NOT_PUBLIC = [
  'alt',
  'corp',
  'example',
  'home',
  'internal',
  'invalid',
  'lan',
  'local',
  'localhost',
  'onion',
  'test',
];

/** Whether a public CA may sign a certificate for this host name. */
export function isPublicName(name: string): boolean {
  const labels = name.split('.');
  const top = labels.at(-1) ?? '';
  if (labels.length < 2 || /^\d+$/.test(top)) return false;
  return !NOT_PUBLIC.includes(top) && !name.endsWith('.home.arpa');
}
