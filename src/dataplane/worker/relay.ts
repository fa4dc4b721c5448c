import type { TLSSocket } from 'node:tls';
import type { Carrier } from '../carrier/carrier.ts';
import { CARRY_ALPN } from '../carrier/protocol.ts';
import type { Proxy as HttpProxy } from '../proxy/proxy.ts';
import type { RelayAddress, RelayIdentity } from '../proxy/relay/identity.ts';
import { createRelayListener, type RelayListener } from '../proxy/relay/listener.ts';
import type { FromWorker } from './messages.ts';

interface Options {
  readonly proxy: Pick<HttpProxy, 'identify' | 'handleRelayed'>;
  readonly carrier: Pick<Carrier, 'take'>;
  readonly address: RelayAddress;
  readonly send: (message: FromWorker) => void;
}

/** A worker's part in what goes from node to node. */
export interface RelayEnd {
  /** Takes requests of others from the first call on, and sends them some. */
  identify(identity: RelayIdentity): void;
  close(): void;
}

const AGAIN_AFTER = 1_000;
const BACKLOG = 512;

/**
 * All workers listen on the same port (SO_REUSEPORT), which their user may, from 1024 on: so it is open only in a cluster of
 * several nodes. A connection that ends with a worker before it was accepted is made again by who made it.
 */
export function createRelayEnd({ proxy, carrier, address, send }: Options): RelayEnd {
  let listener: RelayListener | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;

  const listen = ({ server }: RelayListener): void => {
    server.listen({ ...address, backlog: BACKLOG, reusePort: true });
  };

  const begin = (identity: RelayIdentity): RelayListener => {
    const onNode = (socket: TLSSocket, node: string): void => {
      if (socket.alpnProtocol === CARRY_ALPN) carrier.take(socket, node);
      else proxy.handleRelayed(socket, node);
    };
    const made = createRelayListener(identity, { onNode, further: [CARRY_ALPN] });
    made.server.on('listening', () => send({ type: 'relay' }));
    made.server.on('error', (error) => {
      send({ type: 'relay', error: error.message });
      timer = setTimeout(() => closed || listen(made), AGAIN_AFTER);
    });
    listen(made);
    return made;
  };

  return {
    identify(identity) {
      proxy.identify(identity);
      if (listener === undefined) listener = begin(identity);
      else listener.identify(identity);
    },
    close() {
      closed = true;
      clearTimeout(timer);
      listener?.server.close();
    },
  };
}
