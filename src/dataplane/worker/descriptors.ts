/** What a worker is given: nothing else is open in it when it starts, but for /dev/null as standard input and output. */
export const WORKER_FD = {
  /** Standard error: the last of it is told when the worker has died. */
  words: 2,
  /** To the supervisor and back. */
  channel: 3,
  /** The listening socket, where there is one. */
  listen: 4,
  /** Lines for the access log. */
  lines: 5,
  /** The socket that listens for HTTPS, where there is one. */
  https: 6,
} as const;

/** The same of the resolver: it has the sockets of the name server in place of the listening one. */
export const RESOLVER_FD = {
  words: WORKER_FD.words,
  channel: WORKER_FD.channel,
  udp: 4,
  lines: WORKER_FD.lines,
  tcp: 6,
} as const;
