/** `literature_review`: what is known about a topic, and by whom. */

import { z } from 'zod';
import { text } from '../fields.ts';
import { argument, definePrompt, list, type Prompt } from '../prompt.ts';
import { call, CITE, earlierWork, FOLLOW, JUDGE, numbered, READ } from './steps.ts';

export const literatureReview: Prompt = definePrompt({
  name: 'literature_review',
  title: 'Literature review',
  description:
    'Surveys what the documents say about a topic: themes, agreement, dispute, gaps. You approve the plan first.',
  arguments: z.strictObject({
    topic: text(2000).describe('What the review is about'),
    scope: text(2000).optional().describe('What belongs in and what does not: period, field, kind of study'),
    sources: argument.sources,
    domains: argument.domains,
    agents: argument.agents,
    task_id: argument.task_id,
  }),
  message: ({ topic, scope, sources, domains, agents, task_id }) => {
    const wanted = list(domains);
    const start = call('orchestrate_research', {
      task: `What is known about ${topic}? Themes, findings and methods, where the sources agree and where they differ, and what is open.`,
      context: scope === undefined ? undefined : `Scope: ${scope}`,
      orchestrator_type: wanted.length > 0 ? 'swarm' : undefined,
      domains: wanted.length > 0 ? wanted : undefined,
      agents: agents === undefined ? 8 : Number(agents),
      sources: sources === undefined ? undefined : list(sources),
      require_approval: true,
    });
    return [
      `Write a literature review on: ${topic}${scope === undefined ? '' : `\n\nScope: ${scope}`}`,
      'Work like a careful researcher, with the research tools of this server:',
      numbered([
        earlierWork(topic, task_id),
        `Start the research: ${start}. It stops once its plan is made.`,
        'Call get_status with wait_seconds 45 until the phase is awaiting_approval, and show the plan to the user: do the objectives cover the topic, do two overlap, is a school of thought missing? Then call resume with approve true, or with plan: every subtask, edited, removed or added to.',
        FOLLOW,
        READ,
        JUDGE,
        `Write the review by theme, never source by source: what is established, what is disputed and between whom, how findings developed over time, how they were obtained and how far that carries, and the gaps, which are the questions to research next. State how many sources were read and what was skipped. ${CITE}`,
      ]),
    ].join('\n\n');
  },
});
