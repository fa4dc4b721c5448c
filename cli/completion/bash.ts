import { GLOBAL, type VerbWords } from './words.ts';

/** @see https://www.gnu.org/software/bash/manual/html_node/Programmable-Completion.html */
export const bashScript = (
  verbs: readonly VerbWords[],
): string => `# orca completion for bash; in ~/.bashrc: source <(orca completion bash)
_orca() {
  local cur="\${COMP_WORDS[COMP_CWORD]}" verb="" i
  local -a global=()
  COMPREPLY=()
  for ((i = 1; i < COMP_CWORD; i++)); do
    case "\${COMP_WORDS[i]}" in
      ${GLOBAL.valued.join('|')}) global+=("\${COMP_WORDS[i]}" "\${COMP_WORDS[i + 1]}"); ((i++)) ;;
      -*) ;;
      *) [[ -n "$verb" ]] || verb="\${COMP_WORDS[i]}" ;;
    esac
  done
  if [[ -z "$verb" ]]; then
    COMPREPLY=($(compgen -W "${[...verbs.map(({ name }) => name), ...GLOBAL.plain, ...GLOBAL.valued].join(' ')}" -- "$cur"))
    return
  fi
  if [[ "$cur" == -* ]]; then
    local options=""
    case "$verb" in
${verbs.map(({ name, options }) => `      ${name}) options="${options.map(({ long }) => long).join(' ')}" ;;`).join('\n')}
    esac
    COMPREPLY=($(compgen -W "$options ${[...GLOBAL.plain, ...GLOBAL.valued].join(' ')}" -- "$cur"))
    return
  fi
  case "$verb" in
    ${namesOf(verbs, 'services').join('|')}) COMPREPLY=($(compgen -W "$("\${COMP_WORDS[0]}" "\${global[@]}" completion names 2>/dev/null)" -- "$cur")) ;;
    ${namesOf(verbs, 'files').join('|')}) COMPREPLY=($(compgen -f -- "$cur")) ;;
    completion) COMPREPLY=($(compgen -W "bash zsh fish" -- "$cur")) ;;
  esac
}
complete -F _orca orca
`;

export const namesOf = (verbs: readonly VerbWords[], takes: VerbWords['takes']): readonly string[] =>
  verbs.filter((verb) => verb.takes === takes).map(({ name }) => name);
