import { startEngine } from '../../lab/engine.ts';

// Starts an engine with a container and a process that entered from outside, says so, and waits to be killed.
const lab = await startEngine();
await lab.ensureImage('orca-test/web:1');
await lab.docker(['run', '-d', 'orca-test/web:1']);
lab.spawn(['sleep', '1000'], { stdio: 'ignore', detached: true }).unref();
console.log(JSON.stringify({ name: lab.name, net: lab.namespace.net, pid: lab.namespace.pid }));
setInterval(() => {}, 1000);
