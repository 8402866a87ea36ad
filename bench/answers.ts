/**
 * How good the answers are over examples/documents: every question of tests/fixtures/questions through the real orchestrator,
 * its report judged by code. `npm run bench:answers -- [--pattern swarm] [--json FILE] [--failures [--held-out]]`.
 * `--failures` shows what was answered where it was not right, of the development questions alone: whoever tunes must not see
 * the others, which `--held-out` shows. `--only ID` or a kind asks only these.
 */

import { writeFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { type Answer, type Desk, openDesk } from './answers/ask.ts';
import { type Part, PARTS, type Question, questionsOf } from './answers/questions.ts';
import { type Figures, isAnswered, type Judged, judgedBy, tally } from './answers/tally.ts';

/** Questions asked at once: as many as keep two cores busy. */
const AT_ONCE = 4;

const { values: options } = parseArgs({
  options: {
    pattern: { type: 'string', default: 'beltalowda' },
    json: { type: 'string' },
    only: { type: 'string' },
    failures: { type: 'boolean', default: false },
    'held-out': { type: 'boolean', default: false },
  },
});
const { pattern } = options;
if (pattern !== 'beltalowda' && pattern !== 'swarm') {
  console.error(`unknown pattern ${pattern}: beltalowda or swarm`);
  process.exit(2);
}

interface Asked extends Judged {
  readonly answer: Answer;
}

async function askAll(desk: Desk, questions: readonly Question[]): Promise<readonly Asked[]> {
  const asked: Asked[] = [];
  const waiting = questions.entries();
  const work = async (): Promise<void> => {
    for (const [index, question] of waiting) {
      // oxlint-disable-next-line no-await-in-loop -- one question after another in each of the lines
      const answer = await desk.ask(question.question);
      asked[index] = { ...judgedBy(question, answer), answer };
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return asked;
}

/** Percent for people; the JSON has the share. */
function percent(share: number | null): string {
  return share === null ? '' : `${(share * 100).toFixed(0)} %`;
}

/** A count beside what it is of; nothing where there is nothing to count. */
function of(count: number, all: number): string {
  return all === 0 ? '' : `${count} of ${all}`;
}

function row({ questions, stale, contradictions, unanswerable, ...figures }: Figures) {
  return {
    questions,
    answered: percent(figures.answered),
    facts: percent(figures.facts),
    'in summary': percent(figures.in_summary),
    mentioned: percent(figures.mentioned),
    'given up': figures.given_up,
    'stale as current': of(stale.as_current, stale.values),
    'stale, open': stale.open,
    'both sides shown': of(contradictions.marked, contradictions.questions),
    citations: figures.citations,
    admitted: of(unanswerable.admitted, unanswerable.questions),
    'citation errors': figures.citation_errors,
  };
}

function showFailure({ question, judgement, answer }: Asked): void {
  const expected = question.facts.map(({ values, documents }) => `${values.join(' / ')} (${documents.join(', ')})`);
  const { quoted, stale, disagreement, citationErrors } = judgement;
  console.log(`\n=== ${question.id} (${question.kind}, ${question.wording}): ${question.question}`);
  console.log(`expected: ${expected.join('; ') || 'nothing found'}`);
  console.log(JSON.stringify({ quoted, stale, disagreement, citationErrors, agents: answer.agents }));
  console.log(answer.view.text.split('\n').slice(4).join('\n').trim());
}

function failed(asked: Asked): boolean {
  const { question, judgement } = asked;
  const unmarked = question.kind === 'contradiction' && !judgement.disagreement;
  return !isAnswered(asked) || unmarked || judgement.stale.includes('current') || judgement.citationErrors.length > 0;
}

/** Figures by kind, by how near the wording is to the documents', and of all. */
function figuresOf(asked: readonly Judged[]): { readonly all: Figures; readonly [group: string]: Figures } {
  const kinds = Map.groupBy(asked, ({ question }) => question.kind);
  const wordings = Map.groupBy(asked, ({ question }) => `${question.wording} wording`);
  const groups = [...kinds, ...wordings].map(([name, own]) => [name, tally(own)] as const);
  return { ...Object.fromEntries(groups), all: tally(asked) };
}

const desk = await openDesk(pattern);
const started = performance.now();
const figures: Partial<Record<Part, ReturnType<typeof figuresOf>>> = {};
let wrong: readonly string[] = [];
try {
  for (const part of PARTS) {
    const wanted = questionsOf(part).filter(
      ({ id, kind }) => options.only === undefined || options.only === id || options.only === kind,
    );
    // oxlint-disable-next-line no-await-in-loop -- part after part
    const asked = await askAll(desk, wanted);
    const own = figuresOf(asked);
    figures[part] = own;
    // Which of the others failed is for nobody to know who tunes.
    if (part === 'development') wrong = asked.filter(failed).map(({ question }) => question.id);
    console.log(`\n${part}, ${pattern}`);
    console.table(Object.fromEntries(Object.entries(own).map(([name, sums]) => [name, row(sums)])));
    const { findings, kept, conflicts } = own.all.merged;
    console.log(`Drummers: ${findings} findings in, ${kept} out, ${conflicts} contradictions marked`);
    if (options.failures && (part === 'development' || options['held-out'])) asked.filter(failed).forEach(showFailure);
  }
} finally {
  await desk.close();
}
const seconds = Number(((performance.now() - started) / 1000).toFixed(1));
console.log(`\n${seconds} s`);
if (options.json !== undefined) {
  writeFileSync(options.json, `${JSON.stringify({ pattern, seconds, ...figures, wrong }, null, 2)}\n`);
}
