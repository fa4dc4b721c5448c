import { execFile } from 'node:child_process';
import { OrcaError } from '../../core/errors.ts';

const LIMIT = 10_000;
const MOST_OUTPUT = 64 * 1024 * 1024;
/** After the search path, which may lack them for a user other than root. */
const FOLDERS = ['', '/usr/sbin/', '/sbin/'];
const PACKAGES: Readonly<Record<string, string>> = {
  ip: 'iproute2',
  bridge: 'iproute2',
  nsenter: 'util-linux',
  iptables: 'iptables',
  'iptables-restore': 'iptables',
};

/** Runs a tool of the machine to its end, and gives what it printed; what it says against it is the error's message. */
export async function runTool(name: string, args: readonly string[], input = ''): Promise<string> {
  for (const folder of FOLDERS) {
    const printed = await attempt(`${folder}${name}`, args, input);
    if (printed !== undefined) return printed;
  }
  throw new OrcaError('unavailable', `${name} is not installed`, { hint: `install the package ${PACKAGES[name]}` });
}

/** Undefined: it is not there. */
const attempt = (file: string, args: readonly string[], input: string): Promise<string | undefined> =>
  new Promise((resolve, reject) => {
    const child = execFile(file, args, { timeout: LIMIT, maxBuffer: MOST_OUTPUT }, (error, stdout, stderr) => {
      if (error === null) return resolve(stdout);
      if (error.code === 'ENOENT') return resolve(undefined);
      const said = stderr.trim().split('\n')[0] || error.message;
      reject(new OrcaError('unavailable', `${file} ${args.slice(0, 8).join(' ')}: ${said}`, { cause: error }));
    });
    // It may end without reading.
    child.stdin?.on('error', () => {});
    child.stdin?.end(input);
  });
