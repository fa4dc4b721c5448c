import { namesOf } from './bash.ts';
import { GLOBAL, type VerbWords } from './words.ts';

/** @see https://fishshell.com/docs/current/completions.html */
export const fishScript = (
  verbs: readonly VerbWords[],
): string => `# orca completion for fish; orca completion fish > ~/.config/fish/completions/orca.fish
function __orca_names
  set -l words (commandline -opc)
  set -l global
  for i in (seq 2 (count $words))
    if contains -- $words[$i] ${GLOBAL.valued.join(' ')}
      set -a global $words[$i] $words[(math $i + 1)]
    end
  end
  $words[1] $global completion names 2>/dev/null
end
complete -c orca -f
${GLOBAL.plain.map((option) => `complete -c orca -l ${option.slice(2)}`).join('\n')}
${GLOBAL.valued.map((option) => `complete -c orca -l ${option.slice(2)} -x`).join('\n')}
${verbs.map(({ name, summary }) => `complete -c orca -n __fish_use_subcommand -a ${name} -d ${quoted(summary)}`).join('\n')}
${verbs.flatMap(optionLines).join('\n')}
complete -c orca -n '__fish_seen_subcommand_from ${namesOf(verbs, 'services').join(' ')}' -a '(__orca_names)'
complete -c orca -n '__fish_seen_subcommand_from ${namesOf(verbs, 'files').join(' ')}' -F
complete -c orca -n '__fish_seen_subcommand_from completion' -a 'bash zsh fish'
`;

const optionLines = ({ name, options }: VerbWords): readonly string[] =>
  options.map(({ long, short, description }) => {
    const letter = short === undefined ? '' : ` -s ${short.slice(1)}`;
    return `complete -c orca -n '__fish_seen_subcommand_from ${name}' -l ${long.slice(2)}${letter} -d ${quoted(description)}`;
  });

const quoted = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
