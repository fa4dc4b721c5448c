import type { VerbEntry } from './verb.ts';

const DEPLOYING = 'Deploy';
const LOOKING = 'Look';
const CHANGING = 'Change';
const ONE_OFF = 'One-off work';
const ACCESS = 'Access';
const PROCESSES = 'Processes';

/** Every verb, in the order of `orca --help`. */
export const VERBS: readonly VerbEntry[] = [
  {
    name: 'deploy',
    summary: 'make what runs what orca.yml says, and wait until it serves',
    group: DEPLOYING,
    load: async () => (await import('./commands/deploy.ts')).deploy,
  },
  {
    name: 'plan',
    summary: 'show what deploy would do, without doing it',
    group: DEPLOYING,
    load: async () => (await import('./commands/plan.ts')).plan,
  },
  {
    name: 'validate',
    summary: 'check orca.yml, without a server',
    group: DEPLOYING,
    load: async () => (await import('./commands/validate.ts')).validate,
  },
  {
    name: 'status',
    summary: 'services: how they are, what they run, what failed last',
    group: LOOKING,
    load: async () => (await import('./commands/status.ts')).status,
  },
  {
    name: 'ps',
    summary: 'tasks: where each runs, its state and health',
    group: LOOKING,
    load: async () => (await import('./commands/ps.ts')).ps,
  },
  {
    name: 'top',
    summary: 'show what tasks use: CPU, memory, network, disk, processes',
    group: LOOKING,
    load: async () => (await import('./commands/top.ts')).top,
  },
  {
    name: 'logs',
    summary: "a service's log lines, of all its tasks",
    group: LOOKING,
    load: async () => (await import('./commands/logs.ts')).logs,
  },
  {
    name: 'exec',
    summary: 'run a command in a running container of a service',
    group: ONE_OFF,
    load: async () => (await import('./commands/exec.ts')).exec,
  },
  {
    name: 'run',
    summary: 'run a command in a new container of a service, and remove it',
    group: ONE_OFF,
    load: async () => (await import('./commands/run.ts')).run,
  },
  {
    name: 'cp',
    summary: 'copy files between a running container and this machine',
    group: ONE_OFF,
    load: async () => (await import('./commands/cp.ts')).cp,
  },
  {
    name: 'deployments',
    summary: 'deployments, newest first, and how they ended',
    group: LOOKING,
    load: async () => (await import('./commands/deployments.ts')).deployments,
  },
  {
    name: 'history',
    summary: 'show the revisions of a service and how they went',
    group: LOOKING,
    load: async () => (await import('./commands/history.ts')).history,
  },
  {
    name: 'diff',
    summary: 'show what differs between two revisions',
    group: LOOKING,
    load: async () => (await import('./commands/diff.ts')).diff,
  },
  {
    name: 'events',
    summary: 'what orca decides, and why, as it happens',
    group: LOOKING,
    load: async () => (await import('./commands/events.ts')).events,
  },
  {
    name: 'promote',
    summary: 'give a canary its next share of the requests, or all of them',
    group: CHANGING,
    load: async () => (await import('./commands/promote.ts')).promote,
  },
  {
    name: 'rollback',
    summary: 'go back to an earlier revision, and wait until it serves',
    group: CHANGING,
    load: async () => (await import('./commands/rollback.ts')).rollback,
  },
  {
    name: 'restart',
    summary: 'replace every task of a service by a new one',
    group: CHANGING,
    load: async () => (await import('./commands/restart.ts')).restart,
  },
  {
    name: 'scale',
    summary: 'change how many replicas run: web=3',
    group: CHANGING,
    load: async () => (await import('./commands/scale.ts')).scale,
  },
  {
    name: 'stop',
    summary: 'stop services, until start or the next deploy',
    group: CHANGING,
    load: async () => (await import('./commands/stop.ts')).stop,
  },
  {
    name: 'start',
    summary: 'start services that were stopped',
    group: CHANGING,
    load: async () => (await import('./commands/start.ts')).start,
  },
  {
    name: 'rm',
    summary: 'remove services with their containers; volumes stay',
    group: CHANGING,
    load: async () => (await import('./commands/rm.ts')).rm,
  },
  {
    name: 'login',
    summary: 'keep a server and a token for it, and use them from now on',
    group: ACCESS,
    load: async () => (await import('./commands/login.ts')).login,
  },
  {
    name: 'context',
    summary: 'which servers there are, and which is used',
    group: ACCESS,
    load: async () => (await import('./commands/context.ts')).context,
  },
  {
    name: 'whoami',
    summary: 'whose token is used, what it may do, and where',
    group: ACCESS,
    load: async () => (await import('./commands/whoami.ts')).whoami,
  },
  {
    name: 'token',
    summary: 'give people and pipelines tokens, list and remove them',
    group: ACCESS,
    load: async () => (await import('./commands/token.ts')).token,
  },
  {
    name: 'registry',
    summary: 'store the accounts that images are pulled with: login, logout, ls',
    group: ACCESS,
    load: async () => (await import('./commands/registry.ts')).registry,
  },
  {
    name: 'system',
    summary: 'show what takes room on the disk, and free some: df, prune',
    group: CHANGING,
    load: async () => (await import('./commands/system.ts')).system,
  },
  {
    name: 'audit',
    summary: 'who changed what, and who was refused',
    group: ACCESS,
    load: async () => (await import('./commands/audit.ts')).audit,
  },
  {
    name: 'secrets',
    summary: 'set secrets for env, list and remove them, see who uses them',
    group: CHANGING,
    load: async () => (await import('./commands/secrets.ts')).secrets,
  },
  {
    name: 'certs',
    summary: 'show certificates of domains, renew one, agree to the terms of the CA',
    group: CHANGING,
    load: async () => (await import('./commands/certs.ts')).certs,
  },
  {
    name: 'volume',
    summary: 'list volumes and who mounts them, remove one: ls, rm',
    group: CHANGING,
    load: async () => (await import('./commands/volume.ts')).volume,
  },
  {
    name: 'webhooks',
    summary: 'deploy when a branch is pushed: add, ls, rm, log, redeliver',
    group: CHANGING,
    load: async () => (await import('./commands/webhooks.ts')).webhooks,
  },
  {
    name: 'node',
    summary: 'add machines to the cluster, list, label and remove them',
    group: CHANGING,
    load: async () => (await import('./commands/node.ts')).node,
  },
  { name: 'server', summary: 'run the master (see `orca server --help`)', group: PROCESSES },
  { name: 'ingress', summary: 'run the data plane (the server starts it)', group: PROCESSES },
  { name: 'join', summary: 'make this machine a node of a cluster (see `orca join --help`)', group: PROCESSES },
  { name: 'agent', summary: 'run the agent of a node (join starts it)', group: PROCESSES },
  {
    name: 'completion',
    summary: 'print the script that completes orca in your shell',
    group: PROCESSES,
    load: async () => (await import('./commands/completion.ts')).completionOf(VERBS),
  },
  {
    name: 'version',
    summary: 'versions of this client and of the server',
    group: PROCESSES,
    load: async () => (await import('./commands/version.ts')).version,
  },
];
