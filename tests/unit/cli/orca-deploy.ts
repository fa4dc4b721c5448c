import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import type { DeployedService } from '../../../src/contract/deploy.ts';
import * as deployContract from '../../../src/contract/deploy.ts';
import type { ProgressLine } from '../../../src/contract/progress.ts';
import type { ServiceStatus } from '../../../src/contract/status.ts';
import * as statusContract from '../../../src/contract/status.ts';
import {
  progress,
  type Script,
  type ScriptedAnswer,
  type ScriptedServer,
  scriptedServer,
} from '../client/scripted-server.ts';
import { type CliOptions, type CliResult, folder, runCli } from './run-cli.ts';
import { MANIFEST, result, status, task } from './samples.ts';

export const at = Date.UTC(2026, 0, 31, 12, 0, 5);
export const of = { at, project: 'shop', service: 'web' };
export const begun: Extract<ProgressLine, { type: 'service' }> = {
  type: 'service',
  ...of,
  action: 'replace',
  deployment: 12,
  reason: 'the image changed',
  warnings: [],
};
export const running: ProgressLine = {
  type: 'deployment',
  ...of,
  deployment: 12,
  state: 'running',
  failing: false,
  reason: 'waits for web.1',
  pull: null,
};
export const serving: ProgressLine = { type: 'task', ...of, deployment: 12, task: task() };
export const end = (services: readonly DeployedService[]): ProgressLine => ({ type: 'result', ...result(services) });

export const stream = (...lines: readonly ProgressLine[]): ScriptedAnswer => ({
  pieces: lines.map(progress),
  type: 'application/x-ndjson',
});

export interface Given {
  readonly answer?: ScriptedAnswer;
  readonly services?: readonly ServiceStatus[];
  /** In place of `services`, where they change. */
  readonly answers?: () => ScriptedAnswer;
  readonly more?: readonly Script[];
  readonly args?: readonly string[];
  readonly options?: CliOptions;
}

export type Ran = CliResult & Pick<ScriptedServer, 'requests' | 'violations'>;

/** `orca deploy` in a folder with a manifest, against a server that answers so. */
export async function orcaDeploy(
  t: TestContext,
  { answer = stream(end([])), services = [], answers, more = [], args = [], options }: Given,
): Promise<Ran> {
  const cwd = await folder(t);
  await writeFile(join(cwd, 'orca.yml'), MANIFEST);
  const server = await scriptedServer([
    [deployContract.deploy, () => answer],
    [statusContract.status, answers ?? (() => ({ json: status(services) }))],
    ...more,
  ]);
  t.after(() => server.close());
  const ran = await runCli(['deploy', ...args], { api: server.api, cwd, ...options });
  return { ...ran, requests: server.requests, violations: server.violations };
}

export const outcome = (...services: DeployedService[]): Given => ({ answer: stream(end(services)) });
