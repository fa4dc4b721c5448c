import { cpus, loadavg, release, totalmem } from 'node:os';
import { run } from '../../lab/command.ts';

/** Cores, kernel, memory, load, and the versions of all that is measured: `[what, value]`. */
export async function describeMachine(): Promise<readonly (readonly [string, string])[]> {
  const [processor] = cpus();
  return [
    [
      'Machine',
      `${cpus().length} cores (${processor?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GB, Linux ${release()}`,
    ],
    [
      'Load before',
      loadavg()
        .map((load) => load.toFixed(2))
        .join(' '),
    ],
    ['Node', process.version],
    ['Docker', await versionOf(['dockerd', '--version'], /version ([^ ,]+)/)],
    ['nginx', await packageVersion('nginx-light')],
    ['HAProxy', await packageVersion('haproxy')],
    ['Caddy', await packageVersion('caddy')],
    ['wrk', await packageVersion('wrk')],
  ];
}

async function versionOf(argv: readonly string[], pattern: RegExp): Promise<string> {
  return pattern.exec(await run(argv))?.[1] ?? 'unknown';
}

const packageVersion = (name: string): Promise<string> =>
  // biome-ignore lint/suspicious/noTemplateCurlyInString: a placeholder of dpkg-query's own
  run(['dpkg-query', '--show', '--showformat=${Version}', name]).catch(() => 'not installed');
