/** `deep_research`: one question, answered with evidence. */

import { z } from 'zod';
import { MAX_TASK } from '../../../core/limits.ts';
import { text } from '../fields.ts';
import { argument, definePrompt, list, type Prompt } from '../prompt.ts';
import { call, CITE, earlierWork, FOLLOW, JUDGE, numbered, READ } from './steps.ts';

export const deepResearch: Prompt = definePrompt({
  name: 'deep_research',
  title: 'Deep research',
  description: 'Answers a question from the documents at hand, with a quote behind every statement.',
  arguments: z.strictObject({
    question: text(MAX_TASK).describe('What you want to know, in full sentences'),
    ...argument,
  }),
  message: ({ question, sources, pattern, domains, agents, task_id }) => {
    const wanted = list(domains);
    const start = call('orchestrate_research', {
      task: question,
      orchestrator_type: wanted.length > 0 ? 'swarm' : pattern,
      domains: wanted.length > 0 ? wanted : undefined,
      agents: agents === undefined ? undefined : Number(agents),
      sources: sources === undefined ? undefined : list(sources),
    });
    return [
      `Research this question and answer it with evidence:\n\n${question}`,
      'Work like a careful researcher, with the research tools of this server:',
      numbered([
        earlierWork(question, task_id),
        `Start the research: ${start}. Keep the question whole; put what you know about its purpose and readers into context. The default pattern, beltalowda, suits questions with several sides; swarm suits material of different kinds (see the resource orchestrator://patterns). A broad survey may take 8 agents or more, a single fact needs one or two. dry_run tells the extent beforehand.`,
        FOLLOW,
        READ,
        JUDGE,
        `Answer the question in its first sentence, then give the reasons, then what is contested or open. ${CITE}`,
      ]),
    ].join('\n\n');
  },
});
