/** `beltalowda db`: what can be done to the database as a whole. */

import path from 'node:path';
import type { Config } from '../../config.ts';
import { count, digits } from '../../core/amount.ts';
import type { BackupView, CheckView, DatabaseState, Maintenance, MigrateView } from '../../core/audit.ts';
import { iso } from '../../core/clock.ts';
import { Fault } from '../../core/errors.ts';
import { findingLines, headline } from './audit.ts';
import { type Fact, factText } from './facts.ts';
import { printRecord } from './fault-block.ts';
import { EXIT, printJson } from './outcome.ts';
import type { CliParts } from './parts.ts';
import { paints } from './style.ts';
import type { Terminal } from './terminal.ts';

interface DatabaseCall {
  readonly name: 'db migrate' | 'db check' | 'db backup';
  /** Where a backup goes, as typed, or empty. */
  readonly target: string;
}

/** Resolves to the exit code: 1 for a check with findings. */
export async function database(parts: CliParts, config: Config, call: DatabaseCall): Promise<number> {
  const { terminal } = parts;
  const paint = paints(terminal.color.err);
  for (const warning of config.warnings) terminal.err(`${paint('caution', 'warning:')} ${warning}\n`);
  const maintenance = await parts.maintenance(config);
  if (call.name === 'db check') return check(terminal, config, maintenance);
  if (call.name === 'db migrate') {
    const view = await maintenance.migrate();
    if (config.options.json) printJson(terminal, view);
    else terminal.out(migrateText(terminal, view));
    return EXIT.done;
  }
  const target = call.target === '' ? besides(config.database, terminal.now()) : path.resolve(call.target);
  const view = await maintenance.backup(target);
  if (config.options.json) printJson(terminal, view);
  else terminal.out(backupText(terminal, view));
  return EXIT.done;
}

/** `beltalowda-2026-03-01T120010000Z.db` beside `beltalowda.db`. */
function besides(file: string, now: number): string {
  const { dir, name, ext } = path.parse(file);
  return path.join(dir, `${name}-${iso(now).replaceAll(/[:.]/g, '')}${ext}`);
}

async function check(terminal: Terminal, config: Config, maintenance: Maintenance): Promise<number> {
  const view = await maintenance.check();
  if (config.options.json) printJson(terminal, view);
  else {
    terminal.out(headline(terminal, view.sound, checkWords(view)));
    terminal.out(findingLines(view.findings));
    terminal.out(factText(terminal, stateFacts(view)));
  }
  if (view.sound) return EXIT.done;
  const message = `${view.file} is not as it was written: ${count(view.findings.length, 'finding')}`;
  printRecord(terminal, new Fault('AUDIT_FAILED', message).toRecord());
  return EXIT.failed;
}

function checkWords(view: CheckView): string {
  if (!view.exists) return 'There is no database yet, and nothing to check';
  const checked = `${count(view.workflows_checked, 'workflow')} checked`;
  return view.sound
    ? `The database is sound; ${checked}`
    : `The database is not sound: ${count(view.findings.length, 'finding')}; ${checked}`;
}

function migrateText(terminal: Terminal, view: MigrateView): string {
  const words =
    view.applied.length === 0
      ? 'The database is up to date; nothing was changed'
      : `The database is up to date; applied: ${view.applied.join(', ')}`;
  return headline(terminal, true, words) + factText(terminal, stateFacts(view));
}

function backupText(terminal: Terminal, { file, bytes, workflows, sha256 }: BackupView): string {
  const facts: Fact[] = [
    ['file', file],
    ['size', `${digits(bytes)} bytes`],
    ['workflows', digits(workflows)],
    ['sha256', sha256],
  ];
  return headline(terminal, true, 'The database is copied') + factText(terminal, facts);
}

/** What is known of a database file. */
function stateFacts({ file, bytes, schema, newest_schema, workflows }: DatabaseState): Fact[] {
  return [
    ['file', file],
    ['size', `${digits(bytes)} bytes`],
    ['schema', `${schema ?? 'none'}; this release knows up to ${newest_schema}`],
    ['workflows', digits(workflows)],
  ];
}
