import { parseDomain } from '../core/model/schema/domain.ts';
import { formatDuration, formatMemory, parseDuration, parseMemory, type Reading } from '../core/units.ts';

/** How the values of settings are written and read back. Each reader throws a RangeError whose message says what was expected. */
export interface ValueType<T> {
  /** For the reference page, e.g. `host:port`. */
  readonly form: string;
  parse(text: string): T;
  /** The text that `parse` reads back as the same value. */
  format(value: T): string;
}

export interface Address {
  /** An IP address or a name, without brackets. */
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
}

export const formatAddress = ({ host, port }: Address): string =>
  host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;

/** `127.0.0.1:6880`, `[::]:80`, `localhost:6880`. */
export const address: ValueType<Address> = {
  form: 'host:port',
  parse(text) {
    const [, v6, name, port] = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9.-]+)):(\d{1,5})$/.exec(text) ?? [];
    const host = v6 ?? name;
    if (host === undefined || Number(port) > 65_535) throw expected('an address such as 127.0.0.1:6880 or [::]:80');
    return { host, port: Number(port) };
  },
  format: formatAddress,
};

/** An address or `off`. */
export const optionalAddress: ValueType<Address | 'off'> = {
  form: 'host:port, or off',
  parse: (text) => (text === 'off' ? 'off' : address.parse(text)),
  format: (value) => (value === 'off' ? value : formatAddress(value)),
};

/** The same, or `auto`: orca chooses. */
export const autoAddress: ValueType<Address | 'off' | 'auto'> = {
  form: 'host:port, off, or auto',
  parse: (text) => (text === 'auto' ? 'auto' : optionalAddress.parse(text)),
  format: (value) => (value === 'auto' ? value : optionalAddress.format(value)),
};

/** Bytes: `64Ki`, `16MiB`, `1G`. */
export const size: ValueType<number> = {
  form: 'size',
  parse: (text) => unwrap(parseMemory(text)),
  format: formatMemory,
};

/** Bytes, or `none` for no limit. */
export const optionalSize: ValueType<number | 'none'> = {
  form: 'size, or none',
  parse: (text) => (text === 'none' ? 'none' : size.parse(text)),
  format: (value) => (value === 'none' ? value : size.format(value)),
};

export const count: ValueType<number> = {
  form: 'number',
  parse(text) {
    if (!/^[1-9]\d{0,8}$/.test(text)) throw expected('a whole number from 1');
    return Number(text);
  },
  format: String,
};

/** Milliseconds: `500ms`, `30s`, `5m`, `2h`, `7d`. */
export const duration: ValueType<number> = {
  form: 'duration',
  parse(text) {
    const ms = unwrap(parseDuration(text));
    // setTimeout takes no more than 2^31 - 1
    if (ms < 1 || ms >= 2 ** 31) throw expected('a duration from 1ms to 24d');
    return ms;
  },
  format: formatDuration,
};

/** Empty text stands for none. */
export const optional = <T>(type: ValueType<T>): ValueType<T | undefined> => ({
  form: type.form,
  parse: (text) => (text === '' ? undefined : type.parse(text)),
  format: (value) => (value === undefined ? '' : type.format(value)),
});

/** A host name as certificates and DNS know it. */
export const domainName: ValueType<string> = {
  form: 'domain',
  parse: (text) => unwrap(parseDomain(text)),
  format: (value) => value,
};

/** One of some words. */
export const oneOf = <T extends string>(words: readonly T[]): ValueType<T> => ({
  form: words.join(' | '),
  parse(text) {
    const word = words.find((w) => w === text);
    if (word === undefined) throw expected(`one of ${words.join(', ')}`);
    return word;
  },
  format: (value) => value,
});

/** Separated by commas on the command line and in the environment; a list in the file. Empty text is an empty list. */
export const listOf = <T>(item: ValueType<T>): ValueType<readonly T[]> => ({
  form: `list of ${item.form}`,
  parse: (text) =>
    text
      .split(',')
      .map((part) => part.trim())
      .filter((part) => part !== '')
      .map((part) => item.parse(part)),
  format: (values) => values.map((value) => item.format(value)).join(','),
});

/** Text of one shape. */
export const matching = (form: string, shape: RegExp, what: string): ValueType<string> => ({
  form,
  parse(text) {
    if (!shape.test(text)) throw expected(what);
    return text;
  },
  format: (value) => value,
});

const unwrap = <T>(reading: Reading<T>): T => {
  if ('value' in reading) return reading.value;
  throw new RangeError(reading.hint === undefined ? reading.message : `${reading.message} (${reading.hint})`);
};

const expected = (what: string): RangeError => new RangeError(`expected ${what}`);
