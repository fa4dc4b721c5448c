const OCTET = /^(0|[1-9]\d{0,2})$/;

export const isIpv4 = (text: string): boolean => {
  const octets = text.split('.');
  return octets.length === 4 && octets.every((octet) => OCTET.test(octet) && Number(octet) <= 255);
};

/** RFC 4291 section 2.2, without a zone. */
export function isIpv6(text: string): boolean {
  if (text.length > 45 || !/^[0-9a-fA-F:.]+$/.test(text) || /:::|::.*::/.test(text)) return false;
  const groups = text.split(/::?/).filter((group) => group !== '');
  const last = groups.at(-1) ?? '';
  if (groups.slice(0, -1).some((group) => group.includes('.')) || (last.includes('.') && !isIpv4(last))) return false;
  if (/^:[^:]|[^:]:$/.test(text) || groups.some((group) => !group.includes('.') && group.length > 4)) return false;
  const count = groups.length + (last.includes('.') ? 1 : 0);
  return text.includes('::') ? count < 8 : count === 8;
}

export const isIp = (text: string): boolean => isIpv4(text) || isIpv6(text);

/** 127.0.0.0/8 and ::1, whatever its spelling. */
export const isLoopback = (address: string): boolean =>
  isIpv4(address) ? address.startsWith('127.') : /^[0:]*:0*1$/.test(address);
