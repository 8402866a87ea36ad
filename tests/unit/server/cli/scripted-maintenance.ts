/** Maintenance that answers what a test says: the command line's port, not our store. */

import type {
  BackupView,
  CheckView,
  DatabaseState,
  Maintenance,
  MigrateView,
  WebhookState,
} from '../../../../src/core/audit.ts';
import type { Fault } from '../../../../src/core/errors.ts';

export const STATE: DatabaseState = {
  file: '/data/beltalowda.db',
  exists: true,
  bytes: 1_234_567,
  schema: 2,
  newest_schema: 2,
  workflows: 12,
};
export const SOUND: CheckView = { ...STATE, sound: true, workflows_checked: 12, findings: [] };
const QUIET: WebhookState = { registrations: 0, disabled: 0, pending: 0, oldest: null, dead: 0, failing: [] };

interface Script {
  readonly webhooks?: WebhookState | null;
  readonly state?: DatabaseState;
  readonly check?: CheckView;
  readonly migrate?: MigrateView;
  readonly backup?: Omit<BackupView, 'file'>;
  /** What every method throws. */
  readonly fault?: Fault;
}

export interface ScriptedMaintenance extends Maintenance {
  readonly calls: string[];
}

export function scriptedMaintenance(script: Script = {}): ScriptedMaintenance {
  const calls: string[] = [];
  const answer = <View>(name: string, view: View): Promise<View> => {
    calls.push(name);
    return script.fault === undefined ? Promise.resolve(view) : Promise.reject(script.fault);
  };
  return {
    calls,
    inspect: () => answer('inspect', script.state ?? STATE),
    check: () => answer('check', script.check ?? SOUND),
    webhooks: () => answer('webhooks', script.webhooks === undefined ? QUIET : script.webhooks),
    migrate: () => answer('migrate', script.migrate ?? { ...STATE, applied: [] }),
    copy: () => answer('copy', { file: '/tmp/copy.db', remove: () => answer('remove', undefined) }),
    backup: (target) =>
      answer(`backup ${target}`, {
        file: target,
        ...(script.backup ?? { bytes: 4096, workflows: 12, sha256: 'ab'.repeat(32) }),
      }),
  };
}
