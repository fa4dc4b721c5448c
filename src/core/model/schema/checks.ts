import { formatDuration } from '../../units.ts';
import { READY_WITHOUT_PORT } from '../ready.ts';
import type { SpecIssue } from './issue.ts';
import type { ParsedService } from './service.ts';

/** What could be read of a service. */
export type SoundKeys = { readonly [K in keyof ParsedService]?: ParsedService[K] | undefined };

/** Rules between the keys of one service. Keys that are broken in themselves are left out of `service`. */
export function checkService(service: SoundKeys, has: (key: string) => boolean): SpecIssue[] {
  return [
    ...checkRouting(service, has),
    ...checkHealth(service),
    ...checkDomains(service),
    ...checkRoutes(service),
    ...checkPorts(service),
    ...checkReserve(service),
    ...checkTwoSets(service, has),
    ...checkStrategyKeys(service),
    ...checkSteps(service),
    ...checkTimes(service),
    ...checkDeadline(service, has),
    ...checkCapabilities(service),
    ...(has('env_file') ? [ENV_FILE] : []),
  ];
}

const ENV_FILE: SpecIssue = {
  path: ['env_file'],
  message: '`env_file` is only read where the CLI runs',
  hint: 'send the variables in `env`',
  atKey: true,
};

function checkRouting(service: SoundKeys, has: (key: string) => boolean): SpecIssue[] {
  const routed = ['domain', 'domains'].find(has);
  const issues: SpecIssue[] = [];
  if (!has('port')) {
    const hint = 'add `port`: what the container listens on';
    if (routed !== undefined)
      issues.push({ path: [routed], message: `a service with \`${routed}\` needs a \`port\``, hint, atKey: true });
    if (service.health && service.health.command === undefined)
      issues.push({
        path: ['health'],
        message: 'a service with `health` needs a `port`',
        hint: `${hint}; or write \`command\` in \`health\``,
        atKey: true,
      });
  }
  if (routed === undefined && has('routes')) {
    issues.push({ path: ['routes'], message: '`routes` need a `domain`', hint: 'add `domain`', atKey: true });
  }
  if (routed === undefined && has('tls')) {
    issues.push({ path: ['tls'], message: '`tls` needs a `domain`', hint: 'add `domain`', atKey: true });
  }
  if (has('domain') && has('domains')) {
    issues.push({
      path: ['domains'],
      message: 'both `domain` and `domains`',
      hint: 'write all of them under `domains`',
      atKey: true,
    });
  }
  if (service.routes?.length === 0)
    issues.push({ path: ['routes'], message: 'expected at least one route, found none', hint: 'leave the key out' });
  if (service.domains?.length === 0)
    issues.push({ path: ['domains'], message: 'expected at least one domain, found none', hint: 'leave the key out' });
  return issues;
}

/** One probe: a command asks for no path, host or port. */
function checkHealth({ health }: SoundKeys): SpecIssue[] {
  if (health?.command === undefined) return [];
  return (['path', 'host', 'port'] as const)
    .filter((key) => health[key] !== undefined)
    .map((key) => ({
      path: ['health', key],
      message: `\`${key}\` is of a probe over the network, and \`command\` takes its place`,
      hint: 'leave one of the two out',
      atKey: true,
    }));
}

const checkDomains = ({ domains = [] }: SoundKeys): SpecIssue[] =>
  repeated(domains).map((i) => ({ path: ['domains', i], message: `the domain ${domains[i]} stands there twice` }));

const checkRoutes = ({ routes = [] }: SoundKeys): SpecIssue[] =>
  repeated(routes.map(({ path }) => path)).map((i) => ({
    path: ['routes', i, 'path'],
    message: `the path ${routes[i]?.path} stands there twice`,
  }));

function checkPorts({ ports = [] }: SoundKeys): SpecIssue[] {
  const keys = ports.map(({ address, host, protocol }) => `${address} ${host}/${protocol}`);
  return repeated(keys).map((i) => ({
    path: ['ports', i],
    message: `host port ${ports[i]?.host} of ${ports[i]?.address} is published twice`,
  }));
}

function checkReserve({ resources = {}, reserve = {} }: SoundKeys): SpecIssue[] {
  return (['memory', 'cpu'] as const)
    .filter((key) => (reserve[key] ?? 0) > (resources[key] ?? Infinity))
    .map((key) => ({ path: ['reserve', key], message: `more ${key} is reserved than \`resources.${key}\` allows` }));
}

/** What each of the strategies with a second set does with requests, and why it cannot leave what has failed. */
const TWO_SETS = {
  'blue-green': {
    does: 'switches',
    leaves: 'serves all of a version or nothing of it, and `rollback: false` leaves what came of it',
  },
  canary: { does: 'divides', leaves: 'is a trial, and `rollback: false` would leave a failed version in it' },
} as const;

/** A second set runs beside the first one: what only one task can have, and what works without requests, cannot be in it. */
function checkTwoSets({ deploy, ports = [] }: SoundKeys, has: (key: string) => boolean): SpecIssue[] {
  if (!deploy || deploy.strategy === 'rolling') return [];
  const { strategy } = deploy;
  const path = ['deploy', 'strategy'];
  const held = ports[0]?.host;
  if (held !== undefined) {
    const message = `strategy ${strategy} runs two sets side by side, and host port ${held} can be had once (\`ports\`)`;
    return [{ path, message, hint: 'serve by `domain` instead of `ports`, or use strategy rolling' }];
  }
  const { does, leaves } = TWO_SETS[strategy];
  if (!has('domain') && !has('domains')) {
    const message = `strategy ${strategy} ${does} requests, and a service without a \`domain\` is sent none`;
    return [{ path, message, hint: 'add `domain`, or use strategy rolling' }];
  }
  if (deploy.rollback) return [];
  return [{ path: ['deploy', 'rollback'], message: `strategy ${strategy} ${leaves}`, hint: 'leave the key out' }];
}

/** Keys of one strategy alone. */
function checkStrategyKeys({ deploy }: SoundKeys): SpecIssue[] {
  if (!deploy) return [];
  const { strategy } = deploy;
  return (['keep', 'canary'] as const)
    .filter((key) => deploy[key] !== undefined && strategy !== KEY_OF[key])
    .map((key) => ({
      path: ['deploy', key],
      message: `\`${key}\` is of strategy ${KEY_OF[key]}`,
      hint: `leave the key out, or write \`strategy: ${KEY_OF[key]}\``,
      atKey: true,
    }));
}

const KEY_OF = { keep: 'blue-green', canary: 'canary' } as const;

/** One that does not give more would take clients away from the new revision again. */
function checkSteps({ deploy }: SoundKeys): SpecIssue[] {
  const steps = deploy?.canary?.steps ?? [];
  return steps.flatMap((step, i) => {
    const before = steps[i - 1];
    if (before === undefined || step > before) return [];
    const message = `each step gives more than the one before it, and ${step} comes after ${before}`;
    return [
      { path: ['deploy', 'canary', 'steps', i], message, hint: 'write them in rising order, such as [5, 25, 50]' },
    ];
  });
}

function checkTimes({ deploy }: SoundKeys): SpecIssue[] {
  if (!deploy || deploy.min_ready < deploy.deadline) return [];
  return [
    {
      path: ['deploy', 'min_ready'],
      message: '`min_ready` is not shorter than `deadline`, so no task could ever be ready in time',
    },
  ];
}

function checkDeadline({ deploy, health }: SoundKeys, has: (key: string) => boolean): SpecIssue[] {
  if (has('port') || health?.command !== undefined || !deploy || deploy.deadline > READY_WITHOUT_PORT) return [];
  const time = formatDuration(READY_WITHOUT_PORT);
  return [
    {
      path: ['deploy', 'deadline'],
      message: `without a \`port\` a task is ready after it has run for ${time}, so no task could ever be ready in time`,
      hint: `write more than ${time}, add \`port\`: what the container listens on, or write \`command\` in \`health\``,
    },
  ];
}

function checkCapabilities({ cap_drop: dropped = [], cap_keep: kept = [] }: SoundKeys): SpecIssue[] {
  return kept.flatMap((name, i) => {
    const other = [name, 'ALL'].find((each) => dropped.includes(each));
    if (other === undefined) return [];
    const hint = 'leave one of the two out';
    return [{ path: ['cap_keep', i], message: `\`cap_drop: ${other}\` takes ${name} away`, hint }];
  });
}

/** Positions of values that stood before. */
export const repeated = (values: readonly string[]): number[] =>
  values.flatMap((value, i) => (values.indexOf(value) < i ? [i] : []));
