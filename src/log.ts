/** The log: JSON lines on standard error, never on standard output, which belongs to the protocol. */

import process from 'node:process';
import type { Logger } from 'pino';
import { Fault, toFault } from './core/errors.ts';

export interface Log {
  warn(fields: object, message: string): void;
  debug(fields: object, message: string): void;
  /** Resolves when everything logged so far is written; a process that ends before loses it. */
  flush(): Promise<void>;
}

/** Values under these names never reach the log. */
const SECRETS = ['authorization', 'api_key', 'apiKey', 'token', 'secret', 'password', 'cookie'];

/** What may wait in memory for a reader of the log, in bytes. */
const MAX_UNREAD = 1024 * 1024;

/**
 * Many hosts never read what a server says here. Waiting for them would stop everything once the pipe is full, so what
 * does not fit is dropped.
 */
function toStandardError(line: string): void {
  if (process.stderr.writableLength < MAX_UNREAD) process.stderr.write(line);
}

/** pino is loaded at the first line that is logged: a host that only lists tools does not pay for it. */
export function createLog(level: string): Log {
  let loaded: Promise<Logger> | null = null;
  const logger = (): Promise<Logger> => {
    loaded ??= import('pino').then(({ pino }) =>
      pino(
        { level, redact: SECRETS.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), base: { name: 'beltalowda' } },
        { write: toStandardError },
      ),
    );
    return loaded;
  };
  // For the case that pino cannot be loaded: what was to be said is still said.
  const plain = createPlainLog(level, toStandardError);
  // Whoever started us may have closed it; that is no reason to end.
  process.stderr.on('error', () => undefined);
  let written: Promise<void> = Promise.resolve();
  const write = (severity: 'warn' | 'debug', line: { readonly fields: object; readonly message: string }): void => {
    const say = (log: Pick<Log, 'warn' | 'debug'>): void => {
      log[severity](line.fields, line.message);
    };
    written = logger().then(say, () => say(plain));
  };
  return {
    warn: (fields, message) => {
      write('warn', { fields, message });
    },
    debug: (fields, message) => {
      write('debug', { fields, message });
    },
    flush: () => written,
  };
}

/** The same as sentences, for a person at the command line. */
export function createPlainLog(level: string, write: (line: string) => void): Log {
  const silent = ['error', 'fatal', 'silent'].includes(level);
  const detailed = ['trace', 'debug'].includes(level);
  return {
    warn: (fields, message) => {
      if (!silent) write(sentence('warning', { fields, message }));
    },
    debug: (fields, message) => {
      if (detailed) write(sentence('debug', { fields, message }));
    },
    flush: () => Promise.resolve(),
  };
}

function sentence(severity: string, line: { readonly fields: object; readonly message: string }): string {
  const { error, hint, err } = line.fields as { error?: string; hint?: string; err?: unknown };
  const cause = error ?? (err instanceof Error ? err.message : undefined);
  return `${severity}: ${[line.message, cause, hint].filter((part) => part !== undefined).join(': ')}\n`;
}

/** What was thrown, as fields for the log: our errors by code and sentence, others with their stack. */
export function thrownFields(thrown: unknown): object {
  if (thrown === undefined) return {};
  const fault = toFault(thrown);
  return fault.code === 'INTERNAL' ? { err: thrown } : { code: fault.code, error: fault.message, hint: fault.hint };
}

/** How long the same warning is not repeated. */
const QUIET_MS = 60_000;

/** Whether the very same was said within the last minute: a full disk is met many times a second. */
function repetition(): (message: string, thrown: unknown) => boolean {
  const said = new Map<string, number>();
  return (message, thrown) => {
    const key = `${message}\n${thrown instanceof Error ? thrown.message : ''}`;
    const now = performance.now();
    const before = said.get(key) ?? Number.NEGATIVE_INFINITY;
    if (now - before < QUIET_MS) return true;
    said.set(key, now);
    return false;
  };
}

/**
 * What parts say of themselves, each thing once a minute at most. `about` goes into the line: which workflow, which trace. What a
 * workflow's own events tell its reader needs no second voice here.
 */
export function warnings(log: Log): (message: string, thrown?: unknown, about?: object) => void {
  const repeats = repetition();
  return (message, thrown, about = {}) => {
    if (repeats(message, thrown)) return;
    const told = thrown instanceof Fault && thrown.code !== 'INTERNAL' && !thrown.code.startsWith('STORE_');
    log[told ? 'debug' : 'warn']({ ...about, ...thrownFields(thrown) }, message);
  };
}
