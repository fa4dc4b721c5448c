/** In DIR: where the machine's own CLI speaks to its server. Who may open it is an admin; it is its owner's, 0600. */
export const OWN_SOCKET = 'orca.sock';

/** Of a unix socket's path, without the zero at its end (unix(7)). A longer one would be cut off, and lead elsewhere. */
export const LONGEST_SOCKET_PATH = 107;
