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

const SIZES: Readonly<Record<string, number>> = {
  '': 1,
  K: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** Bytes: `64Ki`, `16MiB`, `1000000`. */
export const size: ValueType<number> = {
  form: 'size',
  parse(text) {
    const [, digits, unit = ''] = /^(\d{1,12})([KMGT]i?)?B?$/.exec(text) ?? [];
    const bytes = Number(digits) * (SIZES[unit] ?? Number.NaN);
    if (!Number.isSafeInteger(bytes)) throw expected('a size such as 64Ki or 16MiB');
    return bytes;
  },
  format: String,
};

/** Bytes, or `none` for no limit. */
export const optionalSize: ValueType<number | 'none'> = {
  form: 'size, or none',
  parse: (text) => (text === 'none' ? 'none' : size.parse(text)),
  format: String,
};

export const count: ValueType<number> = {
  form: 'number',
  parse(text) {
    if (!/^[1-9]\d{0,8}$/.test(text)) throw expected('a whole number from 1');
    return Number(text);
  },
  format: String,
};

const DURATIONS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Milliseconds: `500ms`, `30s`, `5m`, `2h`, `7d`. */
export const duration: ValueType<number> = {
  form: 'duration',
  parse(text) {
    const [, digits, unit = ''] = /^(\d{1,9})(ms|s|m|h|d)$/.exec(text) ?? [];
    const ms = Number(digits) * (DURATIONS[unit] ?? Number.NaN);
    // setTimeout takes no more than 2^31 - 1
    if (!(ms >= 1 && ms < 2 ** 31)) throw expected('a duration such as 500ms, 30s or 5m, at most 24d');
    return ms;
  },
  format: (value) => `${value}ms`,
};

/** Empty text stands for none. */
export const optional = <T>(type: ValueType<T>): ValueType<T | undefined> => ({
  form: type.form,
  parse: (text) => (text === '' ? undefined : type.parse(text)),
  format: (value) => (value === undefined ? '' : type.format(value)),
});

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

const expected = (what: string): RangeError => new RangeError(`expected ${what}`);
