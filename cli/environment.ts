import { homedir } from 'node:os';

/** What the CLI takes from around it. Only this file reads process.env. */
export interface Environment {
  /** ORCA_API */
  readonly api: string | undefined;
  /** ORCA_TOKEN */
  readonly token: string | undefined;
  /** ORCA_CONTEXT */
  readonly context: string | undefined;
  /** ORCA_DATA */
  readonly data: string | undefined;
  /** XDG_CONFIG_HOME, or ~/.config */
  readonly configHome: string;
  readonly home: string;
  readonly root: boolean;
  readonly cwd: string;
  /** NO_COLOR (https://no-color.org) forbids it, FORCE_COLOR asks for it, `TERM=dumb` cannot; else the stream decides. */
  readonly color: 'never' | 'always' | 'auto';
  /** A terminal that cannot move its cursor. */
  readonly dumb: boolean;
  /** For `${env.NAME}` in a manifest. */
  readonly variables: Readonly<Record<string, string | undefined>>;
}

export function readEnvironment(variables: Environment['variables'] = process.env): Environment {
  const value = (name: string) => (variables[name] === '' ? undefined : variables[name]);
  const home = homedir();
  return {
    api: value('ORCA_API'),
    token: value('ORCA_TOKEN'),
    context: value('ORCA_CONTEXT'),
    data: value('ORCA_DATA'),
    configHome: value('XDG_CONFIG_HOME') ?? `${home}/.config`,
    home,
    root: process.getuid?.() === 0,
    cwd: process.cwd(),
    color: colorWish(value),
    dumb: value('TERM') === 'dumb',
    variables,
  };
}

function colorWish(value: (name: string) => string | undefined): Environment['color'] {
  if (value('NO_COLOR') !== undefined) return 'never';
  const forced = value('FORCE_COLOR');
  if (forced !== undefined) return forced === '0' ? 'never' : 'always';
  return value('TERM') === 'dumb' ? 'never' : 'auto';
}
