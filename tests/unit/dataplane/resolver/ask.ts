import { type DecodedPacket, decode, encode, type Packet, RECURSION_DESIRED, type RecordType } from 'dns-packet';

/** The bytes of a question, as a client sends it. */
export const question = (name: string, type: RecordType | 'ANY' = 'A', more: Partial<Packet> = {}): Buffer =>
  encode({
    type: 'query',
    id: 4711,
    flags: RECURSION_DESIRED,
    questions: [{ name, type: type as RecordType, class: 'IN' }],
    ...more,
  });

/** With EDNS (RFC 6891): the client takes answers of so many bytes. */
export const edns = (udpPayloadSize: number): Partial<Packet> => ({
  additionals: [
    {
      type: 'OPT',
      name: '.',
      udpPayloadSize,
      extendedRcode: 0,
      ednsVersion: 0,
      flags: 0,
      flag_do: false,
      options: [],
    },
  ],
});

/** An answer with the word for how it went, which the library's types do not know of. */
export type Read = DecodedPacket & { readonly rcode: string; readonly addresses: readonly string[] };

export function read(bytes: Buffer | undefined): Read {
  if (bytes === undefined) throw new Error('there is no answer');
  const packet = decode(bytes) as DecodedPacket & { readonly rcode: string };
  const addresses = (packet.answers ?? []).map((one) => ('data' in one ? String(one.data) : '')).sort();
  return { ...packet, addresses };
}
