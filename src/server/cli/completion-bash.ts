/** Completion for bash, also for the old one of macOS. */

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

export function bash(): string {
  return `# bash completion for beltalowda. To use it: source <(beltalowda completion bash)
_beltalowda_offer() {
  local IFS=$' \\n'
  COMPREPLY=($(compgen -W "$1" -- "$cur"))
}
_beltalowda_files() {
  local IFS=$'\\n'
  COMPREPLY=($(compgen -f -- "$cur"))
  compopt -o filenames 2>/dev/null
}
_beltalowda() {
  local cur=\${COMP_WORDS[COMP_CWORD]} prev=\${COMP_WORDS[COMP_CWORD - 1]}
  local given=() name word i left settings='${flags(SETTING_OPTIONS, ' ')} --help'
  COMPREPLY=()
  # In --option=value the shell sees three words.
  if [[ $cur == = ]]; then cur=''; elif [[ $prev == = ]]; then prev=\${COMP_WORDS[COMP_CWORD - 2]}; fi
  case $prev in
${WORDS.map(({ flag, kind }) => `    ${flag}) _beltalowda_offer '${(kind.choices ?? []).join(' ')}'; return ;;`).join('\n')}
    ${flags(FILES, '|')}) _beltalowda_files; return ;;
    ${flags(OTHERS, '|')}) return ;;
  esac
  for ((i = 1; i < COMP_CWORD; i++)); do
    word=\${COMP_WORDS[i]}
    case $word in
      ${flags(TAKING, '|')})
        if [[ \${COMP_WORDS[i + 1]-} == = ]]; then ((i++)); fi
        ((i++)) ;;
      -*) ;;
      *) given+=("$word") ;;
    esac
  done
  name=\${given[0]-}
  left=$((\${#given[@]} - 1))
${byName()}
}
complete -F _beltalowda beltalowda
`;
}

/** What is offered once it is known which words stand before. \`left\`: how many follow the command. */
function byName(): string {
  const families = FAMILIES.map(
    ([first, rest]) => `    ${first})
      if ((left == 0)); then _beltalowda_offer '${rest.join(' ')}'; return; fi
      name="$name \${given[1]}"
      left=$((left - 1)) ;;`,
  );
  const first = [...FIRST_WORDS.keys()].join(' ');
  return `  case $name in
    '')
      if [[ $cur == -* ]]; then _beltalowda_offer "$settings --version"; else _beltalowda_offer '${first} help'; fi
      return ;;
${families.join('\n')}
  esac
  case $name in
${COMMAND_LIST.map(branch).join('\n')}
    help) _beltalowda_offer '${first}' ;;
  esac`;
}

function branch(command: Command): string {
  const rest = argument(command, {
    ids: `_beltalowda_offer "$("\${COMP_WORDS[0]}" ${IDS})"`,
    shells: `_beltalowda_offer '${SHELLS.join(' ')}'`,
    files: '_beltalowda_files',
  });
  const after = rest === null ? '' : `elif ((left == 0)); then ${rest}; `;
  return `    '${command.name}')
      if [[ $cur == -* ]]; then _beltalowda_offer "${flags(ownOptions(command), ' ')} $settings"; ${after}fi ;;`;
}
