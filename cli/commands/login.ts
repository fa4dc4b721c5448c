import { createClient } from '../../src/client/client.ts';
import { socketPathOf } from '../../src/client/unix-address.ts';
import type { Whoami } from '../../src/contract/whoami.ts';
import { OrcaError } from '../../src/core/errors.ts';
import { isSameAddress, normalise } from '../address.ts';
import { readConfigFile } from '../config-file.ts';
import { configPath, refuseReadable } from '../context.ts';
import { setContext } from '../contexts/change.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../output/error.ts';
import { harmless } from '../output/width.ts';
import type { Session } from '../session.ts';
import { credentialOf } from '../token.ts';
import { trustedSocket } from '../trusted-socket.ts';
import { examples, type Verb } from '../verb.ts';
import { CLIENT_VERSION } from '../version.ts';

interface Options {
  readonly name?: string;
}

export const login: Verb<Options> = {
  define: (command) =>
    command
      .argument('<url>', 'of the server, such as https://orca.example.com')
      .option('--name <name>', 'of the context; without it, the host of the URL')
      .addHelpText(
        'after',
        '\nThe token is read from standard input, or asked for on a terminal. It is never an argument.',
      )
      .addHelpText(
        'after',
        examples(
          ['orca login https://orca.example.com', 'asks for the token'],
          ['orca login http://127.0.0.1:6880 --name prod < token.txt', 'through a tunnel, from a file'],
        ),
      ),

  run: async (session, [url = ''], options) => {
    const { output, env } = session;
    const api = normalise(url);
    refuseReadable(api);
    const name = nameOf(api, options.name);
    const path = configPath(env);
    await refuseOther(path, name, api);
    const credential = credentialOf(await session.askSecret(`token for ${api}: `), 'standard input');
    if (!credential) throw usage('no token was given', 'pipe it in, or type it: see `orca login --help`');
    const who = await check(session, api, credential.token);
    await setContext(path, name, { api, token: credential.token });
    if (output.json) await output.emit({ ...who, api, context: name });
    else
      await output.print(
        `logged in at ${api} as ${harmless(who.name)} (${who.role}); the context "${name}" is now used`,
      );
    const stronger = env.api === undefined ? env.context && 'ORCA_CONTEXT' : 'ORCA_API';
    if (stronger) output.alert(`${stronger} is set, and is used before the context: unset it`);
    return EXIT.done;
  },
};

/** Nothing is stored that does not work. */
async function check({ interrupted: signal }: Session, api: string, token: string): Promise<Whoami> {
  const socket = socketPathOf(api);
  const socketPath = socket === undefined ? undefined : trustedSocket(socket);
  const client = createClient({ api, socketPath, token, signal, agent: `orca/${CLIENT_VERSION}` });
  try {
    return await client.whoami();
  } catch (error) {
    if (!(error instanceof OrcaError) || error.code !== 'unauthorized') throw error;
    const hint = 'check that the token is one of this server, and has not expired; nothing was stored';
    throw new OrcaError('unauthorized', `${api} does not accept the token: ${error.message}`, { cause: error, hint });
  }
}

function nameOf(api: string, given: string | undefined): string {
  const name = given ?? (socketPathOf(api) === undefined ? (URL.parse(api)?.hostname ?? '') : 'local');
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$/.test(name)) return name;
  throw usage(`"${name}" cannot be the name of a context`, 'choose one of letters, digits, -, _ and . with --name');
}

/** A context of another server is not written over. */
async function refuseOther(path: string, name: string, api: string): Promise<void> {
  const contexts = (await readConfigFile(path))?.contexts ?? {};
  const found = Object.hasOwn(contexts, name) ? contexts[name] : undefined;
  if (!found || isSameAddress(found.api, api)) return;
  throw new OrcaError('conflict', `the context "${name}" is for ${found.api}`, {
    hint: `choose another name with --name; or remove that one with \`orca context rm ${name}\``,
  });
}
