/**
 * IPv4 subnets and addresses as orca hands them out: pure arithmetic on text. A subnet is `a.b.c.d/prefix`; its first
 * address after the network's own is the gateway.
 */

/** The first subnet of `prefix` bits in `pool` that overlaps none of `taken`; undefined if there is none. What is not IPv4 in `taken` is passed over. */
export function chooseSubnet(pool: string, taken: readonly string[], prefix: number): string | undefined {
  const whole = parse(pool);
  if (whole === undefined) return undefined;
  const others = taken.map(parse).filter((range) => range !== undefined);
  const size = 2 ** (32 - prefix);
  for (let first = whole.first; first + size - 1 <= whole.last; first += size) {
    const range = { first, last: first + size - 1 };
    if (!others.some((other) => overlap(range, other))) return `${format(first)}/${prefix}`;
  }
  return undefined;
}

/** Those of `taken` that overlap a subnet. */
export function overlapping(subnet: string, taken: readonly string[]): readonly string[] {
  const range = parse(subnet);
  const isInTheWay = (other: Range | undefined) => range !== undefined && other !== undefined && overlap(range, other);
  return taken.filter((one) => isInTheWay(parse(one)));
}

/** Whether a subnet has an address. */
export const contains = (subnet: string, address: string): boolean => overlapping(subnet, [`${address}/32`]).length > 0;

/** The lowest free address of a subnet that is neither its gateway, its network address nor its broadcast address. */
export function nextAddress(subnet: string, used: ReadonlySet<string>): string | undefined {
  const range = parse(subnet);
  if (range === undefined) return undefined;
  for (let address = range.first + 2; address < range.last; address += 1) {
    const text = format(address);
    if (!used.has(text)) return text;
  }
  return undefined;
}

/** The first host address of a subnet. */
export function gatewayOf(subnet: string): string | undefined {
  const range = parse(subnet);
  return range === undefined ? undefined : format(range.first + 1);
}

/** Both ends included. */
interface Range {
  readonly first: number;
  readonly last: number;
}

const overlap = (a: Range, b: Range): boolean => a.first <= b.last && b.first <= a.last;

function parse(subnet: string): Range | undefined {
  const match = /^(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})\/(\d{1,2})$/.exec(subnet);
  if (match === null) return undefined;
  const [a = 0, b = 0, c = 0, d = 0, prefix = 0] = match.slice(1).map(Number);
  if (Math.max(a, b, c, d) > 255 || prefix > 32) return undefined;
  const size = 2 ** (32 - prefix);
  const address = ((a * 256 + b) * 256 + c) * 256 + d;
  const first = address - (address % size);
  return { first, last: first + size - 1 };
}

const format = (address: number): string =>
  [24, 16, 8, 0].map((shift) => Math.floor(address / 2 ** shift) % 256).join('.');
