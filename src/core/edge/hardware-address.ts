/**
 * The hardware address of a task: `02:42` and the bytes of its IPv4 address, as Docker made them itself up to 27. Fixed, as
 * newer engines draw another one at each start, and what leads to a task must not change when Docker restarts it.
 */
export const hardwareAddress = (address: string): string =>
  ['02', '42', ...address.split('.').map((byte) => Number(byte).toString(16).padStart(2, '0'))].join(':');
