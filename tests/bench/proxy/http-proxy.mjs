// `http-proxy.mjs PORT ORIGIN`: npm's http-proxy, with kept connections to the origin.
import { Agent, createServer } from 'node:http';
import httpProxy from 'http-proxy';

const [port, origin] = process.argv.slice(2).map(Number);
const agent = new Agent({ keepAlive: true, maxSockets: 256, maxFreeSockets: 256 });
const proxy = httpProxy.createProxyServer({ target: { host: '127.0.0.1', port: origin }, agent, xfwd: true });
proxy.on('error', (_error, _request, response) => response.writeHead?.(502).end());
createServer((request, response) => proxy.web(request, response)).listen({ port, host: '127.0.0.1', backlog: 4096 });
