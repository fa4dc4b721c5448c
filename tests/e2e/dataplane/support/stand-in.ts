import { runWorker } from '../../../../src/dataplane/worker/run.ts';

/** A worker whose proxy answers each request with its process id, the table it uses and the targets that are ready. */
runWorker(({ accessLog, onTargetDown }) => {
  const sockets = new Set<import('node:net').Socket>();
  let table: number | null = null;
  let ready: string[] = [];
  let requests = 0;
  let targets: string[] = [];
  return {
    handleRelayed() {},
    farNode: () => undefined,
    identify() {},
    certify: () => [],
    handleSecure() {},
    identifyTls() {},
    handle(socket) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('end', () => socket.end()); // what workers are given may be half open
      socket.on('close', () => sockets.delete(socket));
      socket.on('data', (chunk) => {
        requests += 1;
        const path = chunk.toString().split(' ')[1] ?? '/';
        if (path.startsWith('/down/')) onTargetDown(path.slice('/down/'.length), 'nobody there');
        if (path === '/crash') process.exit(3);
        while (path === '/spin');
        accessLog?.(JSON.stringify({ path }));
        const body = JSON.stringify({ pid: process.pid, table, ready });
        socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      });
    },
    use(given) {
      table = given.id.revision;
      targets = given.targets.map(({ task }) => task);
    },
    setHealth(health) {
      ready = health.filter((target) => target.ready).map(({ task }) => task);
    },
    contend() {},
    stats: () => targets.map((task) => ({ task, inflight: 0, streams: 0, requests, errors: 0, failed: 0 })),
    takeTraffic: () => [],
    onIdleTarget() {},
    drain: () => new Promise((resolve) => setInterval(() => sockets.size === 0 && resolve(), 5)),
    destroy() {
      for (const socket of sockets) socket.destroy();
    },
    get connections() {
      return sockets.size;
    },
  };
});
