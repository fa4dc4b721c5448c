import * as fs from 'node:fs';
import { connect, createServer } from 'node:net';
import { runWorker } from '../../../../src/dataplane/worker/run.ts';

/** What an attempt comes to: 'done', or the system's word. */
type Outcome = string;

const wordOf = (error: unknown): Outcome => (error as NodeJS.ErrnoException).code ?? String(error);

const attempt = (act: () => unknown): Outcome => {
  try {
    act();
    return 'done';
  } catch (error) {
    return wordOf(error);
  }
};

const settled = (act: (done: (error?: unknown) => void) => void): Promise<Outcome> =>
  new Promise((resolve) => act((error) => resolve(error ? wordOf(error) : 'done')));

/** All that a worker that was taken over would try, with the ids that it has. */
async function attack(ingress: string, supervisor: number, server: number): Promise<Record<string, Outcome>> {
  const at = (name: string): string => `${ingress}/${name}`;
  return {
    list: attempt(() => fs.readdirSync(ingress)),
    'rename the control socket': attempt(() => fs.renameSync(at('control.sock'), at('moved.sock'))),
    'remove the control socket': attempt(() => fs.unlinkSync(at('control.sock'))),
    'listen in its folder': await settled((done) => createServer().once('error', done).listen(at('own.sock'), done)),
    'connect to the control socket': await settled((done) => connect(at('control.sock'), done).once('error', done)),
    'connect by the working directory': await settled((done) => connect('control.sock', done).once('error', done)),
    'append to the access log': attempt(() => fs.openSync(at('access.log'), 'a')),
    'append to the log of the processes': attempt(() => fs.openSync(at('ingress.log'), 'a')),
    'remove the access log': attempt(() => fs.unlinkSync(at('access.log'))),
    'make a folder of the access log': attempt(() => fs.mkdirSync(at('access.log.1'))),
    'plant a link': attempt(() => fs.symlinkSync('/etc/passwd', at('ingress.log.1'))),
    'read the last table': attempt(() => fs.readFileSync(at('table.json'))),
    'write the last table': attempt(() => fs.writeFileSync(at('table.json.new'), '')),
    'change the folder': attempt(() => fs.chmodSync(ingress, 0o777)),
    'move the folder': attempt(() => fs.renameSync(ingress, `${ingress}.old`)),
    'open the inspector of the supervisor': attempt(() => process.kill(supervisor, 'SIGUSR1')),
    'stop the supervisor': attempt(() => process.kill(supervisor, 'SIGSTOP')),
    'signal the server': attempt(() => process.kill(server, 'SIGUSR1')),
    'read the memory of the supervisor': attempt(() => fs.openSync(`/proc/${supervisor}/mem`, 'r')),
    'see the descriptors of the supervisor': attempt(() => fs.readdirSync(`/proc/${supervisor}/fd`)),
    'become root': attempt(() => process.setuid?.(0)),
    'become the supervisor': attempt(() => process.setuid?.(60881)),
    'leave its groups': attempt(() => process.setgroups?.([0])),
  };
}

/** Files, by path, that are open in this process. */
const openFiles = (): string[] =>
  fs
    .readdirSync('/proc/self/fd')
    .map(linkOf)
    .filter((link) => link.startsWith('/') && !link.startsWith('/proc/'));

function linkOf(fd: string): string {
  try {
    return fs.readlinkSync(`/proc/self/fd/${fd}`);
  } catch {
    return '';
  }
}

/** Answers `GET /attack?INGRESS,SUPERVISOR,SERVER` with what came of it, and `GET /forge` by acknowledging a table that nobody sent. */
runWorker(() => {
  let revision = 0;
  return {
    handleRelayed() {},
    farNode: () => undefined,
    identify() {},
    certify: () => [],
    handleSecure() {},
    identifyTls() {},
    handle(socket) {
      socket.on('error', () => {});
      socket.once('data', async (chunk) => {
        const [, path = '', query = ''] = /^GET (\S+?)(?:\?(\S+))? /.exec(String(chunk)) ?? [];
        if (path === '/throw') {
          setImmediate(() => {
            throw new Error('the last words');
          });
          return;
        }
        if (path === '/forge') {
          const table = { cluster: 'c1', term: 1, revision: revision + 1 };
          fs.writeSync(3, `${JSON.stringify({ type: 'using', table, targets: [] })}\n`);
        }
        const [ingress = '', supervisor, server] = query.split(',');
        const outcomes = path === '/attack' ? await attack(ingress, Number(supervisor), Number(server)) : {};
        const body = JSON.stringify({ pid: process.pid, files: openFiles(), outcomes });
        socket.end(`HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
      });
    },
    use(given) {
      revision = given.id.revision;
    },
    setHealth() {},
    contend() {},
    stats: () => [],
    takeTraffic: () => [],
    onIdleTarget() {},
    drain: async () => {},
    destroy() {},
    connections: 0,
  };
});
