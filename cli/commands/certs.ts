import { certificateLines } from '../certificates/show.ts';
import { EXIT, type ExitCode } from '../exit-codes.ts';
import { usage } from '../output/error.ts';
import { age } from '../output/time.ts';
import { harmless } from '../output/width.ts';
import { confirmed, type Session } from '../session.ts';
import { examples, type Verb } from '../verb.ts';

interface Options {
  readonly project?: string;
  readonly email?: string;
  readonly yes?: boolean;
}

type Action = (session: Session, name: string, options: Options) => Promise<number>;

const list: Action = async ({ client: open, output, now }, _, { project }) => {
  const found = await (await open()).certificates(project);
  if (output.json) await output.emit(found);
  else if (found.certificates.length === 0)
    output.note('no domains yet', 'a service with a `domain` in orca.yml gets a certificate');
  else await output.print(...certificateLines(found.certificates, now(), output.width));
  return EXIT.done;
};

const renew: Action = async ({ client: open, output }, name) => {
  const answer = await (await open()).renewCertificate(name.toLowerCase());
  await (output.json ? output.emit(answer) : output.print(answer.ok));
  return EXIT.done;
};

const agree: Action = async (session, _, { email, yes }) => {
  const { output } = session;
  const client = await session.client();
  const { directory, terms, account_needed } = await client.acme();
  if (account_needed && !output.json)
    output.note(`${harmless(directory)} wants an account`, 'set acme.eab_kid and acme.eab_key_file in server.yml');
  const question = `agree to the terms of ${harmless(directory)}${terms === null ? '' : `: ${harmless(terms)}`}?`;
  if (!(await confirmed(session, question, yes))) return EXIT.failed;
  const answer = await client.agreeToTerms(terms, email);
  if (output.json) await output.emit(answer);
  else
    await output.print(`agreed; certificates are ordered from ${harmless(directory)} from now on, see \`orca certs\``);
  return EXIT.done;
};

const ca: Action = async ({ client: open, output, now }) => {
  const found = await (await open()).internalCa();
  if (output.json) await output.emit(found);
  else {
    output.note(`SHA-256 ${found.digest}, expires in ${age(found.expires_at - now())}`);
    await output.print(found.certificate.trimEnd());
  }
  return EXIT.done;
};

interface Known {
  readonly act: Action;
  readonly takes: readonly (keyof Options)[];
  readonly named?: true;
}

const ACTIONS: Readonly<Record<string, Known>> = {
  ls: { act: list, takes: ['project'] },
  renew: { act: renew, takes: [], named: true },
  agree: { act: agree, takes: ['email', 'yes'] },
  ca: { act: ca, takes: [] },
};

export const certs: Verb<Options> = {
  define: (command) =>
    command
      .argument('[action]', 'ls (unless given), renew, agree or ca')
      .argument('[domain]', 'renew: order a new certificate of this domain now')
      .option('-p, --project <name>', 'ls: domains of this project')
      .option('--email <address>', 'agree: where the CA may write to')
      .option('-y, --yes', 'agree: without asking')
      .addHelpText(
        'after',
        '\nOrca orders a certificate for every domain once an admin has agreed to the terms of the CA.\nIt renews each when a third of its life is left.',
      )
      .addHelpText(
        'after',
        examples(
          ['orca certs', 'domains: issuer, expiry, what comes next, what failed'],
          ['orca certs agree --email ops@example.com', 'agree to the terms of the CA, once'],
          ['orca certs renew shop.example.com', 'try again now'],
          ['orca certs ca > orca-ca.pem', 'the CA of `tls: internal`, for your browsers'],
        ),
      ),

  run: async (session, [word = 'ls', name], options): Promise<ExitCode | number> => {
    const action = ACTIONS[word];
    if (!action) throw usage(`"${word}" is not something that \`orca certs\` does`, 'it does: ls, renew, agree, ca');
    if (action.named && name === undefined) throw usage('which domain?', 'try: orca certs renew shop.example.com');
    if (!action.named && name !== undefined)
      throw usage(`\`orca certs ${word}\` takes no domain`, 'see `orca certs --help`');
    const [odd] = (Object.keys(options) as (keyof Options)[]).filter((key) => !action.takes.includes(key));
    if (odd !== undefined) throw usage(`--${odd} does nothing for \`orca certs ${word}\``, 'see `orca certs --help`');
    return action.act(session, name ?? '', options);
  },
};
