/**
 * Swarm, the flat pattern. No sources yet: collect them. No plan yet: plan by domain. Plan there: the agents of each domain
 * search their own material. All settled: one synthesis.
 */

import type { Decide } from '../../core/step.ts';
import { untilAgentsSettled, writtenBy } from './steps.ts';

export const swarm: Decide = (journal) => untilAgentsSettled(journal) ?? writtenBy(journal, 'synthesis');
