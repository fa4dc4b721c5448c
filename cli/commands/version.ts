import { OrcaError } from '../../src/core/errors.ts';
import { EXIT } from '../exit-codes.ts';
import { examples, type Verb } from '../verb.ts';
import { CLIENT_VERSION } from '../version.ts';

interface Options {
  readonly client?: boolean;
}

export const version: Verb<Options> = {
  define: (command) =>
    command
      .option('--client', 'do not ask the server')
      .addHelpText('after', examples(['orca version', 'both versions, and whether they go together'])),

  run: async (session, _args, { client }) => {
    const { output } = session;
    const { api } = await session.context();
    const server = client ? undefined : await serverVersion(async () => (await session.client()).root());
    const hint = server?.version === undefined ? undefined : skew(CLIENT_VERSION, server.version);
    if (output.json) {
      await output.emit({ client: CLIENT_VERSION, server: server?.version ?? null, api, hint, reason: server?.reason });
      return EXIT.done;
    }
    await output.print(`client  ${output.style.strong(CLIENT_VERSION)}`);
    if (server?.version)
      await output.print(`server  ${output.style.strong(server.version)}  ${output.style.faint(api)}`);
    if (server?.reason) output.note(`${output.notes.warn('server:')} ${server.reason}`);
    if (hint) output.note(`${output.notes.accent('hint:')} ${hint}`);
    return EXIT.done;
  },
};

interface Answer {
  readonly version?: string;
  readonly reason?: string;
}

/** A server that is away is not an error here: the client's version was asked for too. */
async function serverVersion(root: () => Promise<{ readonly version: string }>): Promise<Answer> {
  try {
    return { version: (await root()).version };
  } catch (error) {
    if (error instanceof OrcaError) return { reason: error.message };
    throw error;
  }
}

/** Patches go together; anything else may not. */
function skew(client: string, server: string): string | undefined {
  const minor = (version: string) => version.split('.').slice(0, 2).join('.');
  if (minor(client) === minor(server)) return undefined;
  const [older, newer] = isOlder(client, server) ? ['client', 'server'] : ['server', 'client'];
  return `the ${older} is older than the ${newer}: update the ${older}`;
}

function isOlder(a: string, b: string): boolean {
  return a.localeCompare(b, 'en', { numeric: true }) < 0;
}
