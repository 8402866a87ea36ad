/** `due_diligence`: what speaks for and against something before one relies on it. */

import { z } from 'zod';
import { text } from '../fields.ts';
import { argument, definePrompt, list, type Prompt } from '../prompt.ts';
import { call, CITE, earlierWork, FOLLOW, JUDGE, numbered, READ } from './steps.ts';

const AREAS =
  'ownership and people, finances, contracts and obligations, product and technology, security, law and compliance, disputes';

export const dueDiligence: Prompt = definePrompt({
  name: 'due_diligence',
  title: 'Due diligence',
  description: 'Examines a company, product or project before a decision: facts, risks by weight, open questions.',
  arguments: z.strictObject({
    subject: text(2000).describe('Who or what is examined'),
    decision: text(2000).optional().describe('What is to be decided'),
    concerns: text(2000).optional().describe('What to look at in particular, separated by commas'),
    sources: argument.sources,
    domains: argument.domains,
    agents: argument.agents,
    task_id: argument.task_id,
  }),
  message: ({ subject, decision, concerns, sources, domains, agents, task_id }) => {
    const wanted = list(domains);
    const areas = concerns === undefined ? AREAS : list(concerns).join(', ');
    const start = call('orchestrate_research', {
      task: `What do the documents say about ${subject} as to ${areas}? Which facts, obligations, risks and contradictions are there?`,
      context: decision === undefined ? undefined : `To be decided: ${decision}`,
      orchestrator_type: 'swarm',
      domains: wanted.length > 0 ? wanted : undefined,
      agents: agents === undefined ? undefined : Number(agents),
      sources: sources === undefined ? undefined : list(sources),
    });
    return [
      `Carry out a due diligence of: ${subject}${decision === undefined ? '' : `\n\nTo be decided: ${decision}`}`,
      'Work like a careful examiner, with the research tools of this server:',
      numbered([
        earlierWork(subject, task_id),
        `Start the research: ${start}. swarm lets a specialist search each kind of material, so that no kind drowns in another.`,
        FOLLOW,
        READ,
        JUDGE,
        'Test every finding that could change the decision: is its source the original or a retelling, who wrote it, with what interest, of what date? Look for what contradicts it with one narrower orchestrate_research. What the subject says about itself is a statement, not a fact.',
        `Report: the facts that carry the decision; risks in order of weight, each with evidence, likelihood as far as the sources tell, and what would mend it; contradictions; and the questions the documents leave open, with whom to ask. The absence of a document proves nothing: list it as open, not as clear. ${CITE}`,
      ]),
    ].join('\n\n');
  },
});
