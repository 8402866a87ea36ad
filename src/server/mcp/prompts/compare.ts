/** `compare`: several things, side by side. */

import { z } from 'zod';
import { text } from '../fields.ts';
import { argument, definePrompt, list, type Prompt } from '../prompt.ts';
import { call, CITE, earlierWork, FOLLOW, JUDGE, numbered, READ } from './steps.ts';

export const compare: Prompt = definePrompt({
  name: 'compare',
  title: 'Compare',
  description: 'Compares two or more things aspect by aspect, each cell with its source.',
  arguments: z.strictObject({
    things: text(2000).describe('What to compare, separated by commas'),
    aspects: text(2000)
      .optional()
      .describe('In what respect, separated by commas; default what matters in the sources'),
    purpose: text(2000).optional().describe('What is to be decided'),
    sources: argument.sources,
    agents: argument.agents,
    task_id: argument.task_id,
  }),
  message: ({ things, aspects, purpose, sources, agents, task_id }) => {
    const respects = list(aspects);
    const task = `Compare ${list(things).join(' with ')}${respects.length > 0 ? ` in these respects: ${respects.join('; ')}` : ''}.`;
    const start = call('orchestrate_research', {
      task,
      context: purpose,
      agents: agents === undefined ? undefined : Number(agents),
      sources: sources === undefined ? undefined : list(sources),
    });
    const columns =
      respects.length > 0
        ? `the aspects ${respects.join(', ')}`
        : 'the three to seven aspects in which the sources tell them apart';
    return [
      `${task}${purpose === undefined ? '' : `\n\nWhat is to be decided: ${purpose}`}`,
      'Work like a careful researcher, with the research tools of this server:',
      numbered([
        earlierWork(things, task_id),
        `Start the research: ${start}. beltalowda is the pattern for comparisons: each side gets its researchers, and the synthesis keeps contradictions.`,
        FOLLOW,
        READ,
        JUDGE,
        `Check that the comparison is fair: the same aspect, unit, version and date on every side. Where one side was found and the other was not, ask for it once more: ${call('orchestrate_research', { task: '<the missing side and aspect, as one question>' })}.`,
        `Answer with a table, one row for each of ${columns}, one column for each thing, a number behind every cell, and "not found" where nothing was. Below it: which one suits which need, and why; no overall winner that the table does not show. ${CITE}`,
      ]),
    ].join('\n\n');
  },
});
