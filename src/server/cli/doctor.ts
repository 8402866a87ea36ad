/** `beltalowda doctor`: what is configured, what is there, what is missing. Written to be pasted to whoever helps. */

import type { ConfigFlags, Origin } from '../../config.ts';
import { optionOf } from '../../config.ts';
import { diagnose, type Diagnosis, spelled } from './checks.ts';
import { type Fact, factText } from './facts.ts';
import type { Check } from './look.ts';
import { EXIT, printJson } from './outcome.ts';
import type { CliParts } from './parts.ts';
import { typed } from './session.ts';
import { type Look, paints, signs } from './style.ts';
import type { Terminal } from './terminal.ts';
import { printable } from './width.ts';

/** Resolves to the exit code: 1 when something would keep research from working. */
export async function doctor(parts: CliParts, flags: ConfigFlags): Promise<number> {
  const { terminal } = parts;
  const examined = parts.examine(flags);
  const diagnosis = await diagnose(parts, { ...examined, typed: (words) => typed(flags, words) });
  if (examined.config.options.json) printJson(terminal, diagnosis);
  else terminal.out(diagnosisText(terminal, diagnosis));
  return diagnosis.problems.length === 0 ? EXIT.done : EXIT.failed;
}

function diagnosisText(terminal: Terminal, diagnosis: Diagnosis): string {
  const { version, node, platform, settings, command_options, checks, host } = diagnosis;
  const paint = paints(terminal.color.out);
  const section = (title: string, body: string): string => `\n${paint('heading', title)}\n${body}`;
  return [
    `beltalowda ${version}, Node.js ${node}, ${platform}\n`,
    section('Settings', factText(terminal, settings.map(originFact))),
    command_options.length === 0
      ? ''
      : section('Options of commands', factText(terminal, command_options.map(originFact))),
    section(
      'What is there',
      factText(
        terminal,
        checks.map((check) => checkFact(terminal, check)),
      ),
    ),
    section('For an MCP host', `${JSON.stringify(host, null, 2)}\n`),
    verdict(terminal, diagnosis),
  ].join('');
}

function originFact({ name, value, from }: Origin): Fact {
  const given = spelled(value, ', ');
  return [name, `${given === '' ? optionOf(name).fallback : given} (${from})`];
}

function checkFact(terminal: Terminal, { what, good, words }: Check): Fact {
  const { completed, failed, pending } = signs(terminal.unicode);
  const sign = good === null ? pending : good ? completed : failed;
  return [`${sign} ${what}`, words];
}

/** What is wrong, each with what mends it; then what is only missing. */
function verdict(terminal: Terminal, { problems, advice }: Diagnosis): string {
  const paint = paints(terminal.color.out);
  const { completed, pending } = signs(terminal.unicode);
  const block = (look: Look, head: string, text: string): string => `${paint(look, head)} ${printable(text)}\n`;
  const lines = problems.map(
    ({ code, message, hint }) => block('bad', `error ${code}:`, message) + block('active', 'hint:', hint),
  );
  if (lines.length === 0) lines.push(`${paint('good', `${completed} Nothing is wrong.`)}\n`);
  return `\n${lines.join('')}${advice.map((sentence) => block('faint', pending, sentence)).join('')}`;
}
