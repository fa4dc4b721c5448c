import { isIP } from 'node:net';
import type { ValueType } from './values.ts';

export function nameServer(): ValueType<string> {
  return {
    form: 'address or address:port',
    parse(text) {
      const [, ip = text, port = '53'] = /^\[?([^[\]]+?)\]?:(\d{1,5})$/.exec(isIP(text) === 0 ? text : '') ?? [];
      if (isIP(ip) === 0 || Number(port) < 1 || Number(port) > 65535) {
        throw new RangeError('expected an address such as 10.0.0.2, or one with a port');
      }
      return text;
    },
    format: (value) => value,
  };
}

export function network(): ValueType<string> {
  return {
    form: 'address or network',
    parse(text) {
      const [ip = '', bits, ...rest] = text.split('/');
      const most = isIP(ip) === 4 ? 32 : 128;
      const fits = bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= most);
      if (isIP(ip) === 0 || rest.length > 0 || !fits) {
        throw new RangeError('expected an address or a network such as 10.0.0.0/8');
      }
      return text;
    },
    format: (value) => value,
  };
}
