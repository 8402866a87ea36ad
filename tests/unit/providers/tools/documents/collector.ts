/** A process that collects one root and prints its steps as JSON, for tests of users who may not read. */

import process from 'node:process';

import { collectFiles, type CollectStep } from '../../../../../src/providers/tools/documents/collect.ts';

const [, , path = '', label = ''] = process.argv;
const steps: CollectStep[] = [];
for await (const step of collectFiles({ roots: [{ path, label }] })) steps.push(step);
process.stdout.write(JSON.stringify(steps));
