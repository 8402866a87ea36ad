/**
 * Who holds a lease: machine, process, start and a nonce in one string. With it a process on the same machine can see
 * that a holder is dead and take its workflows over at once, instead of waiting for the lease to expire.
 */

import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import process from 'node:process';
import type { Workflow } from '../core/workflow.ts';

/** Holders of engines living in this very process; a pid alone cannot tell them from engines that ended. */
const alive = new Set<string>();

function orEmpty(read: () => string): string {
  try {
    return read();
  } catch {
    // Not Linux, or /proc is hidden: the host name and the pid then have to do.
    return '';
  }
}

/** Same value for two processes exactly when each can see the other's pid. */
function machine(): string {
  const boot = orEmpty(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim());
  const pids = orEmpty(() => readlinkSync('/proc/self/ns/pid'));
  return createHash('sha256').update([hostname(), boot, pids].join('\n')).digest('hex').slice(0, 16);
}

/**
 * State letter and start time (clock ticks since boot) of a process, empty where /proc has none: the start so that a
 * reused pid is not taken for the process before it, the state because a killed child stays visible until it is reaped.
 */
function lookAt(pid: number): { readonly state: string; readonly start: string } {
  const stat = orEmpty(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', start: fields[19] ?? '' };
}

export function createHolder(): { readonly name: string; retire(): void } {
  const name = [machine(), process.pid, lookAt(process.pid).start, randomBytes(6).toString('hex')].join('/');
  alive.add(name);
  return {
    name,
    retire: () => {
      alive.delete(name);
    },
  };
}

/** Whether a process works on the workflow, as far as can be seen from here. `now` in milliseconds since the epoch. */
export function isHeld({ lease }: Pick<Workflow, 'lease'>, now: number): boolean {
  return lease !== null && Date.parse(lease.expires_at) > now && !isDead(lease.holder);
}

/** Whether a holder is known to be dead. False when it lives, or lives where this process cannot look. */
export function isDead(holder: string): boolean {
  const [where, pidText = '', start = ''] = holder.split('/');
  const pid = Number(pidText);
  if (where !== machine() || !Number.isInteger(pid) || pid <= 0) return false;
  if (pid === process.pid) return !alive.has(holder);
  try {
    process.kill(pid, 0);
  } catch (thrown) {
    // EPERM: it exists and belongs to somebody else.
    return thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH';
  }
  const now = lookAt(pid);
  return 'ZX'.includes(now.state || '-') || (now.start !== '' && start !== '' && now.start !== start);
}
