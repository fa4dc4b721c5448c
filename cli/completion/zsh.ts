import { namesOf } from './bash.ts';
import { GLOBAL, type VerbWords } from './words.ts';

/** @see https://zsh.sourceforge.io/Doc/Release/Completion-System.html */
export const zshScript = (verbs: readonly VerbWords[]): string => `#compdef orca
# orca completion for zsh; in ~/.zshrc, after compinit: source <(orca completion zsh)
_orca() {
  local verb="" i
  local -a global verbs options
  for ((i = 2; i < CURRENT; i++)); do
    case "\${words[i]}" in
      ${GLOBAL.valued.join('|')}) global+=("\${words[i]}" "\${words[i + 1]}"); ((i++)) ;;
      -*) ;;
      *) [[ -n "$verb" ]] || verb="\${words[i]}" ;;
    esac
  done
  if [[ -z "$verb" && "\${words[CURRENT]}" != -* ]]; then
    verbs=(
${verbs.map(({ name, summary }) => `      ${quoted(`${name}:${summary}`)}`).join('\n')}
    )
    _describe 'verb' verbs
    return
  fi
  if [[ "\${words[CURRENT]}" == -* ]]; then
    case "$verb" in
${verbs.map(optionsCase).join('\n')}
    esac
    options+=(${[...GLOBAL.plain, ...GLOBAL.valued].join(' ')})
    _describe 'option' options
    return
  fi
  case "$verb" in
    ${namesOf(verbs, 'services').join('|')}) compadd -- \${(f)"$("\${words[1]}" "\${global[@]}" completion names 2>/dev/null)"} ;;
    ${namesOf(verbs, 'files').join('|')}) _files ;;
    completion) compadd -- bash zsh fish ;;
  esac
}
compdef _orca orca
`;

const optionsCase = ({ name, options }: VerbWords): string =>
  `      ${name}) options=(${options.map(({ long, description }) => quoted(`${long}:${description}`)).join(' ')}) ;;`;

/** A colon divides a word from what it means. */
const quoted = (text: string): string => {
  const [word = '', ...rest] = text.split(':');
  return `'${word}:${rest.join('\\:').replaceAll("'", "'\\''")}'`;
};
