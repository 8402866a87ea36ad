/** Completion for zsh. */

import { COMMAND_LIST } from './commands.ts';
import {
  argument,
  type Command,
  FAMILIES,
  FILES,
  FIRST_WORDS,
  flags,
  IDS,
  OTHERS,
  ownOptions,
  SETTING_OPTIONS,
  SHELLS,
  TAKING,
  WORDS,
} from './completion-words.ts';

export function zsh(): string {
  return `#compdef beltalowda
# zsh completion for beltalowda. To use it: source <(beltalowda completion zsh)
_beltalowda() {
  local cur=\${words[CURRENT]} prev=\${words[CURRENT-1]} name word
  local -a given settings
  local -i skip=0 left=0
  settings=(${flags(SETTING_OPTIONS, ' ')} --help)
  if [[ $cur == --*=* ]]; then prev=\${cur%%=*}; compset -P '*='; fi
  case $prev in
${WORDS.map(({ flag, kind }) => `    (${flag}) compadd -- ${(kind.choices ?? []).join(' ')}; return ;;`).join('\n')}
    (${flags(FILES, '|')}) _files; return ;;
    (${flags(OTHERS, '|')}) return ;;
  esac
  for word in \${words[2,CURRENT-1]}; do
    if (( skip )); then skip=0; continue; fi
    case $word in
      (${flags(TAKING, '|')}) skip=1 ;;
      (-*) ;;
      (*) given+=("$word") ;;
    esac
  done
  name=\${given[1]}
  left=$(( \${#given} - 1 ))
${byName()}
}
if [[ \${funcstack[1]} == _beltalowda ]]; then _beltalowda "$@"; else compdef _beltalowda beltalowda; fi
`;
}

/** What is offered once it is known which words stand before. \`left\`: how many follow the command. */
function byName(): string {
  const families = FAMILIES.map(
    ([first, rest]) => `    (${first})
      if (( left == 0 )); then compadd -- ${rest.join(' ')}; return; fi
      name="$name \${given[2]}"
      left=$(( left - 1 )) ;;`,
  );
  const first = [...FIRST_WORDS.keys()].join(' ');
  return `  case $name in
    ('')
      if [[ $cur == -* ]]; then compadd -- $settings --version; else compadd -- ${first} help; fi
      return ;;
${families.join('\n')}
  esac
  case $name in
${COMMAND_LIST.map(branch).join('\n')}
    (help) compadd -- ${first} ;;
  esac`;
}

function branch(command: Command): string {
  const rest = argument(command, {
    ids: `compadd -- \${(f)"$(\${words[1]} ${IDS})"}`,
    shells: `compadd -- ${SHELLS.join(' ')}`,
    files: '_files',
  });
  const after = rest === null ? '' : `elif (( left == 0 )); then ${rest}; `;
  return `    ('${command.name}')
      if [[ $cur == -* ]]; then compadd -- ${flags(ownOptions(command), ' ')} $settings; ${after}fi ;;`;
}
