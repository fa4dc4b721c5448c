/** What one needs to join a cluster, in one line to paste: `orca-join://host:port/SECRET#sha256=HEX`. */
export interface JoinLine {
  /** Of the master's node port. */
  readonly host: string;
  readonly port: number;
  /** Ends after its hour, or its first use. */
  readonly secret: string;
  /** SHA-256 of the cluster's CA certificate (DER), hex: who has another one is not the master. */
  readonly ca: string;
}

export const formatJoinLine = ({ host, port, secret, ca }: JoinLine): string =>
  `orca-join://${host.includes(':') ? `[${host}]` : host}:${port}/${secret}#sha256=${ca}`;

const LINE =
  /^orca-join:\/\/(?:\[([0-9a-fA-F:.]+)\]|([^\s:/[\]]+)):(\d{1,5})\/([A-Za-z0-9_-]{20,200})#sha256=([0-9a-f]{64})$/;

/** Undefined if it is none, or not whole. Blanks around it, and further lines, are let be. */
export function parseJoinLine(text: string): JoinLine | undefined {
  const [, six, host = six, port, secret = '', ca = ''] = LINE.exec(text.trim().split('\n', 1)[0]?.trim() ?? '') ?? [];
  if (host === undefined || Number(port) < 1 || Number(port) > 65_535) return undefined;
  return { host, port: Number(port), secret, ca };
}
