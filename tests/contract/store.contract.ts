/**
 * What every store must do, told through its port alone. A new store is right when this passes unchanged: it gives
 * `open`, and nothing here knows what lies behind it.
 */

import { describe } from 'vitest';
import { adoptionContract } from './adoption.contract.ts';
import { analyticsContract } from './analytics.contract.ts';
import { auditContract } from './audit.contract.ts';
import { callAdoptionContract } from './call-adoption.contract.ts';
import { callContract } from './calls.contract.ts';
import { budgetContract } from './budget.contract.ts';
import { erasureContract } from './erasure.contract.ts';
import { deliveryContract } from './deliveries.contract.ts';
import { evidenceContract } from './evidence.contract.ts';
import { figuresContract } from './figures.contract.ts';
import { leaseContract } from './lease.contract.ts';
import { listingContract } from './listing.contract.ts';
import { openWorkflowsContract } from './open-workflows.contract.ts';
import type { OpenStore } from './opened.ts';
import { pauseContract } from './pause.contract.ts';
import { quotaContract } from './quota.contract.ts';
import { standingContract } from './standing.contract.ts';
import { stepContract } from './step.contract.ts';
import { submissionContract } from './submission.contract.ts';
import { terminalContract } from './terminal.contract.ts';
import { turnContract } from './turns.contract.ts';
import { silenceContract } from './silence.contract.ts';
import { webhookContract } from './webhooks.contract.ts';

export function storeContract(name: string, open: OpenStore): void {
  describe(`${name}: submissions`, () => {
    submissionContract(open);
  });
  describe(`${name}: quotas of owners`, () => {
    quotaContract(open);
  });
  describe(`${name}: leases`, () => {
    leaseContract(open);
  });
  describe(`${name}: steps and events`, () => {
    stepContract(open);
  });
  describe(`${name}: calls`, () => {
    callContract(open);
  });
  describe(`${name}: calls taken over, sealed and erased`, () => {
    callAdoptionContract(open);
  });
  describe(`${name}: budgets`, () => {
    budgetContract(open);
  });
  describe(`${name}: evidence and texts`, () => {
    evidenceContract(open);
  });
  describe(`${name}: outcomes taken over`, () => {
    adoptionContract(open);
  });
  describe(`${name}: waiting for a person`, () => {
    pauseContract(open);
  });
  describe(`${name}: lists and search`, () => {
    listingContract(open);
  });
  describe(`${name}: what is open`, () => {
    openWorkflowsContract(open);
  });
  describe(`${name}: how a workflow stands`, () => {
    standingContract(open);
  });
  describe(`${name}: figures`, () => {
    analyticsContract(open);
  });
  describe(`${name}: figures in parts`, () => {
    figuresContract(open);
  });
  describe(`${name}: proofs`, () => {
    auditContract(open);
  });
  describe(`${name}: erasure and retention`, () => {
    erasureContract(open);
  });
  describe(`${name}: webhooks`, () => {
    webhookContract(open);
  });
  describe(`${name}: messages to webhooks`, () => {
    deliveryContract(open);
  });
  describe(`${name}: turns of messages to webhooks`, () => {
    turnContract(open);
  });
  describe(`${name}: receivers that take nothing for days`, () => {
    silenceContract(open);
  });
  describe(`${name}: the end of a workflow, and of the store`, () => {
    terminalContract(open);
  });
}
