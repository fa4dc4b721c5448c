import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { OTHER_CORE, PROXY_CORE } from './cores.ts';
import { HOST, type Peer, type PeerPlace, startPinned } from './peer.ts';

/** Each as it would be set up for speed: one process, kept connections on both sides, no access log, X-Forwarded-* set. */
export type StartPeer = (place: PeerPlace) => Promise<Peer>;

const BODY = `${'x'.repeat(127)}\n`;

/** 128 bytes from memory. */
export function startOrigin({ dir, port }: Pick<PeerPlace, 'dir' | 'port'>): Promise<Peer> {
  const file = join(dir, 'origin.conf');
  const serve = `location / { default_type text/plain; return 200 "${BODY.trim()}\\n"; }`;
  writeFileSync(file, nginxConf(dir, 'origin', `server { listen 127.0.0.1:${port} backlog=4096; ${serve} }`));
  return startPinned({ name: 'origin', port, dir, core: OTHER_CORE }, ['nginx', '-c', file, '-p', dir, '-e', 'stderr']);
}

export const startNginx: StartPeer = ({ dir, port, origin }) => {
  const file = join(dir, 'nginx.conf');
  const upstream = `upstream origin { server 127.0.0.1:${origin}; keepalive 256; keepalive_requests 1000000000; }`;
  const pass = [
    'proxy_pass http://origin; proxy_http_version 1.1; proxy_set_header Connection "";',
    'proxy_set_header Host $host; proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;',
    'proxy_set_header X-Forwarded-Proto $scheme; proxy_set_header X-Forwarded-Host $host;',
  ];
  const server = `server { listen 127.0.0.1:${port} backlog=4096; server_name ${HOST}; location / { ${pass.join(' ')} } }`;
  writeFileSync(file, nginxConf(dir, 'nginx', `${upstream}\n${server}`));
  return startPinned({ name: 'nginx', port, dir, core: PROXY_CORE }, ['nginx', '-c', file, '-p', dir, '-e', 'stderr']);
};

const nginxConf = (dir: string, name: string, http: string): string => `
daemon off; master_process off; worker_processes 1; pid ${join(dir, `${name}.pid`)}; error_log stderr error;
events { worker_connections 4096; }
http {
  access_log off; keepalive_requests 1000000000; tcp_nodelay on;
  client_body_temp_path ${dir}; proxy_temp_path ${dir};
  ${http}
}
`;

export const startHaproxy: StartPeer = ({ dir, port, origin }) => {
  const file = join(dir, 'haproxy.cfg');
  writeFileSync(
    file,
    `
global
  nbthread 1
  maxconn 4096
defaults
  mode http
  timeout connect 10s
  timeout client 60s
  timeout server 60s
  option forwardfor
  http-reuse always
frontend bench
  bind 127.0.0.1:${port} backlog 4096
  use_backend origin if { hdr(host) -i ${HOST} }
backend origin
  http-request set-header X-Forwarded-Proto http
  http-request set-header X-Forwarded-Host %[req.hdr(host)]
  server origin 127.0.0.1:${origin}
`,
  );
  return startPinned({ name: 'HAProxy', port, dir, core: PROXY_CORE }, ['haproxy', '-db', '-f', file]);
};

export const startCaddy: StartPeer = ({ dir, port, origin }) => {
  const file = join(dir, 'Caddyfile');
  writeFileSync(
    file,
    `
{
  admin off
  auto_https off
}
http://${HOST}:${port} {
  bind 127.0.0.1
  reverse_proxy 127.0.0.1:${origin}
}
`,
  );
  const home = { HOME: dir, XDG_DATA_HOME: dir, XDG_CONFIG_HOME: dir };
  const argv = ['caddy', 'run', '--adapter', 'caddyfile', '--config', file];
  return startPinned({ name: 'Caddy', port, dir, core: PROXY_CORE }, argv, home);
};

export const startHttpProxy: StartPeer = ({ dir, port, origin }) => {
  const program = join(import.meta.dirname, 'http-proxy.mjs');
  const argv = [process.execPath, '--no-deprecation', program, String(port), String(origin)];
  return startPinned({ name: 'http-proxy', port, dir, core: PROXY_CORE }, argv);
};
