/**
 * What every store must do, told through its port alone. A new store is right when this passes unchanged: it gives
 * `open`, and nothing here knows what lies behind it.
 */

import { describe } from 'vitest';
import { evidenceContract } from './evidence.contract.ts';
import { leaseContract } from './lease.contract.ts';
import type { OpenStore } from './opened.ts';
import { stepContract } from './step.contract.ts';
import { submissionContract } from './submission.contract.ts';
import { terminalContract } from './terminal.contract.ts';

export function storeContract(name: string, open: OpenStore): void {
  describe(`${name}: submissions`, () => {
    submissionContract(open);
  });
  describe(`${name}: leases`, () => {
    leaseContract(open);
  });
  describe(`${name}: steps and events`, () => {
    stepContract(open);
  });
  describe(`${name}: evidence and texts`, () => {
    evidenceContract(open);
  });
  describe(`${name}: the end of a workflow, and of the store`, () => {
    terminalContract(open);
  });
}
