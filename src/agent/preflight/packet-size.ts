import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { isIPv6 } from 'node:net';
import { networkInterfaces } from 'node:os';
import { ownAddressTowards } from '../own-address.ts';
import { type Check, failed, ok, untested, warning } from './check.ts';

const NAME = 'packet size';
/** Bytes of IP and ICMP before what a ping carries: RFC 791 and 792, RFC 8200 and 4443. */
const HEADERS = { 4: 28, 6: 48 };
const SMALL = 56;
/** Of IP; a machine's loopback allows more. */
const LARGEST = 65_535;

/** What came of a ping: an answer of the same size, none, no program that could send it, or the size that would get through, as told on the way. */
export type Pinged = 'answered' | 'silent' | 'impossible' | { readonly fits: number };

/**
 * Whether a packet as large as this machine's interface allows gets to the master and back. TCP would not tell: it is told what
 * fits, or sends less after seconds. An echo is answered by the master's kernel, in the size it came with; it may not be split on
 * its way (`ping -M do`). Where echoes are not let through nothing is known.
 */
export async function checkPacketSize(address: string, ping: typeof pingOnce = pingOnce): Promise<Check> {
  const mtu = await mtuTowards(address);
  if (mtu === undefined) return untested(NAME, 'the interface towards the master is not known');
  return judgePacketSize(mtu, address, (bytes) => ping(address, bytes));
}

export async function judgePacketSize(
  mtu: number,
  address: string,
  ping: (bytes: number) => Promise<Pinged>,
): Promise<Check> {
  const small = await ping(SMALL);
  if (small === 'impossible')
    return untested(NAME, 'there is no ping here that can send one that is not split', 'install iputils-ping');
  if (small !== 'answered') {
    return untested(
      NAME,
      `${address} answers no ping`,
      'allow ICMP echo in to the master, and the answer back, to have it tested',
    );
  }
  const large = await ping(mtu - HEADERS[isIPv6(address) ? 6 : 4]);
  if (large === 'answered') return ok(NAME, `packets of ${mtu} bytes get to ${address} and back`);
  if (typeof large === 'object') {
    return warning(
      NAME,
      `packets of ${mtu} bytes do not get to ${address}, those of ${large.fits} do, as this machine is told`,
      'TCP keeps to that; networks between the containers of two machines will need that MTU',
    );
  }
  return failed(
    NAME,
    `packets of ${mtu} bytes do not get to ${address} and back, small ones do`,
    'a network between has smaller ones (VPN, overlay): set the MTU of the interface on both machines to what fits, ' +
      'or allow ICMP "fragmentation needed" (type 3, code 4; in IPv6 type 2)',
  );
}

async function mtuTowards(address: string): Promise<number | undefined> {
  const own = await ownAddressTowards(address, 1);
  const named = Object.entries(networkInterfaces()).find(([, all]) => all?.some((one) => one.address === own));
  const text = named && ((await read(`/sys/class/net/${named[0]}/mtu`)) ?? (await read(ofIpv6(named[0]))));
  return text === undefined ? undefined : Math.min(Number(text), LARGEST);
}

/** /sys may have been mounted for another network than this process has. */
const ofIpv6 = (name: string): string => `/proc/sys/net/ipv6/conf/${name}/mtu`;

const read = (path: string): Promise<string | undefined> => readFile(path, 'utf8').catch(() => undefined);

/** @param bytes that it carries */
function pingOnce(address: string, bytes: number): Promise<Pinged> {
  const args = ['-n', '-c', '3', '-i', '0.2', '-W', '2', '-M', 'do', '-s', String(bytes), address];
  return new Promise((resolve) => {
    execFile('ping', args, { timeout: 10_000 }, (error, stdout, stderr) => {
      if (error === null) return resolve('answered');
      // It prints how many it sent if it could send any; some versions end with 1 for a packet that is too large for this machine.
      const [, fits] = /mtu\s*[=:]\s*(\d+)/i.exec(`${stdout}${stderr}`) ?? [];
      if (fits !== undefined) return resolve({ fits: Number(fits) });
      resolve(/packets transmitted/.test(stdout) ? 'silent' : 'impossible');
    });
  });
}
