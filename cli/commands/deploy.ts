import type { Client } from '../../src/client/client.ts';
import type { DeployedService, DeployResult } from '../../src/contract/deploy.ts';
import type { ServiceStatus, Status } from '../../src/contract/status.ts';
import { OrcaError } from '../../src/core/errors.ts';
import { consents } from '../deploy/consent.ts';
import { deployAndFollow } from '../deploy/follow.ts';
import { type Leftover, leftovers } from '../deploy/leftovers.ts';
import { deployExit, isFailure } from '../deploy/outcome.ts';
import { resetScale } from '../deploy/reset-scale.ts';
import { unserved } from '../deploy/unserved.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type LoadedManifest, readManifest } from '../manifest-file.ts';
import { failureLines } from '../output/failure.ts';
import { createProgress } from '../output/progress.ts';
import { summaryLines } from '../output/summary.ts';
import { warningLines } from '../output/warning.ts';
import { harmless } from '../output/width.ts';
import { list } from '../output/words.ts';
import type { Session } from '../session.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly file?: string;
  readonly project?: string;
  readonly detach?: boolean;
  readonly resetScale?: boolean;
  readonly prune?: boolean;
  readonly yes?: boolean;
}

export const deploy: Verb<Options> = {
  readsManifest: true,

  define: (command) =>
    command
      .option('-f, --file <path>', 'the manifest (default: ./orca.yml)')
      .option('-p, --project <name>', 'deploy into this project, whatever the file says')
      .option('-d, --detach', 'do not wait for the outcome')
      .option('--reset-scale', 'back to the counts of the file, where replicas were scaled by hand')
      .option('--prune', 'remove services of these projects that are not in the file; volumes stay')
      .option('-y, --yes', 'do not ask')
      .addHelpText(
        'after',
        examples(
          ['orca deploy', './orca.yml, and wait until it serves'],
          ['orca deploy -f shop.yml --yes', 'in a pipeline'],
        ),
      ),

  run: async (session, _args, options) => {
    const manifest = await readManifest(session, options);
    const client = await session.client();
    const prune = options.prune ? leftovers((await client.status()).services, manifest.services) : [];
    if (!(await consents(session, { client, body: manifest.body, prune, yes: options.yes }))) {
      session.output.alert('nothing was changed');
      return EXIT.failed;
    }
    const waited = !options.detach;
    const result = waited ? await follow(session, client, manifest) : await client.deployDetached(manifest.body);
    let short: readonly ServiceStatus[] = [];
    let exit = deployExit(result.services, waited);
    try {
      if (options.resetScale) await resetScale(session, { client, services: result.services, waited });
      if (waited) short = await unserved(session, client, result.services);
      exit = deployExit(result.services, waited, short.length > 0);
      if (prune.length > 0) await removeLeftovers(session, client, { prune, exit });
    } catch (error) {
      throw error instanceof OrcaError ? afterDeploy(error) : error;
    } finally {
      // Whatever comes after it, the deploy is done: its outcome is told.
      await report(session, client, { result, manifest, waited, pruned: prune });
      session.output.alert(...short.map(shortText));
    }
    return exit;
  },
};

const shortText = ({ name, reason }: ServiceStatus): string =>
  harmless(`${name} is unchanged, but does not serve as it should: ${reason}`);

const afterDeploy = (cause: OrcaError): OrcaError => {
  const { code, message, hint, details } = cause;
  return new OrcaError(code, `the deploy is over, but what was to follow it failed: ${message}`, {
    cause,
    hint,
    details,
  });
};

async function follow(session: Session, client: Client, { body }: LoadedManifest): Promise<DeployResult> {
  const { output, interrupted } = session;
  const progress = createProgress(output, session.now);
  const begun = new Map<number, string>();
  try {
    return await deployAndFollow({
      client,
      body,
      signal: interrupted,
      onLine: async (line) => {
        if (line.type === 'service' && line.deployment !== null) begun.set(line.deployment, line.service);
        // The result is the last line, after what follows the deploy.
        if (output.json && line.type !== 'result') await output.emit(line);
        else progress.line(line);
      },
      onLost: (why) => output.alert(`${output.notes.warn('warning:')} ${why}; looking the deployments up`),
    });
  } catch (error) {
    progress.end();
    if (interrupted.aborted) output.alert(...interruptedLines(begun));
    throw error;
  } finally {
    progress.end();
  }
}

/** Ctrl-C ends the waiting, not the deployment. */
function interruptedLines(begun: ReadonlyMap<number, string>): string[] {
  const names = [...begun].map(([id, service]) => `deployment ${id} of ${service}`);
  const what = names.length === 0 ? 'what the server has begun' : list(names);
  return [`interrupted: ${what} goes on on the server`, 'follow it with: orca status, orca deployments, orca events'];
}

async function removeLeftovers(
  { output }: Session,
  client: Client,
  { prune, exit }: { prune: readonly Leftover[]; exit: ExitCode },
): Promise<void> {
  if (exit !== EXIT.done) {
    output.alert(`not pruned, as the deploy did not succeed: ${list(prune.map(({ name }) => name))}`);
    return;
  }
  for (const { project, name } of prune) {
    await client.remove(name, project);
    if (output.json) await output.emit({ type: 'removed', service: name, project });
    else output.note(`${output.notes.strong(name)} is removed: it is not in the file`);
  }
}

interface Report {
  readonly result: DeployResult;
  readonly manifest: LoadedManifest;
  readonly waited: boolean;
  readonly pruned: readonly Leftover[];
}

async function report(session: Session, client: Client, { result, manifest, waited, pruned }: Report): Promise<void> {
  const { output } = session;
  if (output.json) {
    await output.emit({ type: 'result', ...result });
    return;
  }
  // Who waited has been told by the lines of the stream.
  if (!waited) output.note(...result.services.flatMap(({ warnings }) => warningLines(warnings, output.notes)));
  const status = await statusNow(session, client);
  const failed = result.services.filter((one) => isFailure(one, waited));
  for (const service of failed) output.alert(...failureLines(service, output.notes));
  const { style, width } = output;
  await output.print(...summaryLines(result.services, status, { style, width, waited }));
  output.note(...remarks(status?.services ?? [], { manifest, pruned, failed }));
}

/** Only for the summary: the outcome is known without it. */
async function statusNow({ interrupted }: Session, client: Client): Promise<Status | undefined> {
  try {
    return await client.status();
  } catch (error) {
    interrupted.throwIfAborted();
    if (error instanceof OrcaError) return undefined;
    throw error;
  }
}

interface Remarks {
  readonly manifest: LoadedManifest;
  readonly pruned: readonly Leftover[];
  readonly failed: readonly DeployedService[];
}

/** What the file does not say, or no longer. Of a service that failed, its failure says enough. */
function remarks(running: readonly ServiceStatus[], { manifest, pruned, failed }: Remarks): string[] {
  const { services, path } = manifest;
  const isIn = (some: readonly Leftover[]) => (one: Leftover) =>
    some.some(({ project, name }) => project === one.project && name === one.name);
  const [inFile, isGone, hasFailed] = [isIn(services), isIn(pruned), isIn(failed)];
  const kept = leftovers(running, services).filter((one) => !isGone(one));
  const scaled = running.filter((one) => one.scaled_from !== null && inFile(one) && !hasFailed(one));
  return [
    ...scaled.map(
      ({ name, replicas, scaled_from }) =>
        `${name} keeps ${replicas} replicas, as scaled by hand; ${path} says ${scaled_from} (--reset-scale goes back to it)`,
    ),
    ...(kept.length === 0 ? [] : [`not in ${path}, and kept: ${list(kept.map(({ name }) => name))} (--prune removes)`]),
  ].map(harmless);
}
