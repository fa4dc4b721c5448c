import { bashScript } from '../completion/bash.ts';
import { fishScript } from '../completion/fish.ts';
import { type VerbWords, verbWords } from '../completion/words.ts';
import { zshScript } from '../completion/zsh.ts';
import { EXIT } from '../exit-codes.ts';
import { usage } from '../output/error.ts';
import type { Session } from '../session.ts';
import { examples, type Verb, type VerbEntry } from '../verb.ts';

const SHELLS: Readonly<Record<string, (verbs: readonly VerbWords[]) => string>> = {
  bash: bashScript,
  zsh: zshScript,
  fish: fishScript,
};

/** Who presses a key waits this long for names, ms. */
const NAMES_WITHIN = 2_000;

/** @param verbs all of them, this one included */
export const completionOf = (verbs: readonly VerbEntry[]): Verb<object> => ({
  define: (command) =>
    command
      .argument('<shell>', 'bash, zsh or fish')
      .addHelpText(
        'after',
        examples(
          ['orca completion bash', 'in ~/.bashrc: source <(orca completion bash)'],
          ['orca completion zsh', 'in ~/.zshrc, after compinit: source <(orca completion zsh)'],
          ['orca completion fish > ~/.config/fish/completions/orca.fish', 'once'],
        ),
      ),

  run: async (session, [what = '']) => {
    if (what === 'names') {
      await session.output.print(...(await namesNow(session)));
      return EXIT.done;
    }
    const script = SHELLS[what];
    if (!script) throw usage(`there is no completion for "${what}"`, `there is: ${Object.keys(SHELLS).join(', ')}`);
    await session.output.print(script(await verbWords(verbs)).trimEnd());
    return EXIT.done;
  },
});

/**
 * As they can be typed; none, and no word about it, where the server does not answer in time. Bash expands words that it is
 * offered, `$(commands)` among them: what is no name stays out, whoever answers.
 */
async function namesNow(session: Session): Promise<readonly string[]> {
  try {
    const told = await (await session.client({ within: NAMES_WITHIN })).status();
    const services = told.services.filter(({ name, project }) => isName(name) && isName(project));
    const isAlone = (name: string) => services.filter((service) => service.name === name).length === 1;
    return services.map(({ name, project }) => (isAlone(name) ? name : `${project}/${name}`));
  } catch {
    return [];
  }
}

/** Of services and projects. */
const isName = (text: string): boolean => /^[a-z][a-z0-9-]{0,62}$/.test(text);
