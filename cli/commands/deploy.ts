import type { Client } from '../../src/client/client.ts';
import type { DeployedService, DeployResult } from '../../src/contract/deploy.ts';
import type { ServiceStatus } from '../../src/contract/status.ts';
import { OrcaError } from '../../src/core/errors.ts';
import { consents } from '../deploy/consent.ts';
import { type Leftover, leftovers } from '../deploy/leftovers.ts';
import { deployExit, isFailure } from '../deploy/outcome.ts';
import { resetScale } from '../deploy/reset-scale.ts';
import { statusNow } from '../deploy/status-now.ts';
import { unserved } from '../deploy/unserved.ts';
import { watchDeploy } from '../deploy/watch.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { type LoadedManifest, readManifest } from '../manifest-file.ts';
import { failureLines } from '../output/failure.ts';
import { pausedLines } from '../output/paused.ts';
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
  readonly replace?: boolean;
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
      .option('--replace', 'deploy in place of a canary that waits for you')
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
    const body = options.replace ? { ...manifest.body, replace: true } : manifest.body;
    const client = await session.client();
    const prune = options.prune ? leftovers((await client.status()).services, manifest.services) : [];
    if (!(await consents(session, { client, body, prune, yes: options.yes }))) {
      session.output.alert('nothing was changed');
      return EXIT.failed;
    }
    const waited = !options.detach;
    const result = waited
      ? await watchDeploy(session, client, () => client.deploy(body))
      : await client.deployDetached(body);
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
  const failed = result.services.filter((one) => isFailure(one, waited)).map((one) => placed(one, manifest));
  for (const service of failed) output.alert(...failureLines(service, output.notes));
  const { style, width } = output;
  await output.print(...summaryLines(result.services, status, { style, width, waited }));
  output.note(...pausedLines(result.services, output.notes));
  output.note(...remarks(status?.services ?? [], { manifest, pruned, failed }));
}

const placed = (service: DeployedService, { placeOf }: LoadedManifest): DeployedService => ({
  ...service,
  reason: `${placeOf(service.name, service.path)}${service.reason}`,
});

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
