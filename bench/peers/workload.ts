/**
 * The 8-2-1 that every contestant runs: a plan of eight objectives, eight researchers in parallel, two mergers over four
 * findings each, one executive. The model answers at once and always the same: a finding of about 1 KB, a merge of 2 KB, a
 * report of 4 KB, so that what is measured is what it takes to keep them.
 */

export const RESEARCHERS = 8;
export const MERGERS = 2;
/** Findings that each merger reads. */
export const GROUP = RESEARCHERS / MERGERS;
const STATEMENTS_PER_FINDING = 4;
const STATEMENT_CHARACTERS = 255;

const FILLING = 'the log is written first and copied back later while readers keep the page that they began with and ';

/** Letters only: nothing in it needs escaping in Markdown, so that it is found again in any report. */
const NAMES = ['alpha', 'bravo', 'charlie', 'delta', 'echo', 'foxtrot', 'golf', 'hotel'] as const;

function statement(researcher: number, n: number): string {
  const opening = `Finding ${NAMES[n]} of researcher ${NAMES[researcher]} says that `;
  return `${opening}${FILLING.repeat(3)}`.slice(0, STATEMENT_CHARACTERS - 1).concat('.');
}

/** What each researcher finds, by its number from 0. */
const FINDINGS: readonly (readonly string[])[] = Array.from({ length: RESEARCHERS }, (_, researcher) =>
  Array.from({ length: STATEMENTS_PER_FINDING }, (__, n) => statement(researcher, n)),
);

/** The document the findings quote, where a contestant checks quotes. */
export const DOCUMENT = `${FINDINGS.flat().join('\n')}\n`;

/** Of two neighbours a merger keeps the first. */
export function survives(n: number): boolean {
  return n % 2 === 0;
}

/** The zero-latency model: one asynchronous call for each step, as a real one would be. */
export const model = {
  plan: async (task: string): Promise<string[]> =>
    Array.from({ length: RESEARCHERS }, (_, n) => `objective ${NAMES[n]} of ${task}`),
  research: async (researcher: number): Promise<string[]> => [...(FINDINGS[researcher] ?? [])],
  merge: async (findings: readonly (readonly string[])[]): Promise<string[]> =>
    findings.flat().filter((_, n) => survives(n)),
  report: async (merges: readonly (readonly string[])[]): Promise<string> => merges.flat().join('\n'),
};

/** Throws unless the report holds every statement that two mergers keep of eight findings, and none of the others. */
export function checkReport(report: string): void {
  for (const [n, said] of FINDINGS.flat().entries()) {
    if (report.includes(said) === survives(n)) continue;
    throw new Error(`the report ${survives(n) ? 'lacks' : 'must not hold'} ${JSON.stringify(said.slice(0, 50))}`);
  }
}
