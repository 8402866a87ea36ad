/**
 * Camina's work with a language model: an outline over claims, then section by section from a bounded pack of evidence, the
 * summary last. Code grounds every paragraph in claims, and where it cannot, the section stands as plain claims.
 */

import { z } from 'zod';
import type { Claim } from '../../core/claim.ts';
import type { Composition, Missing } from '../../core/report.ts';
import type { ComposeRequest } from '../../providers/providers.ts';
import { judgedClaims } from '../evidence/evidence.ts';
import { withoutAddresses } from '../evidence/markdown.ts';
import { hasForeignNumber, marksIn } from '../evidence/prose.ts';
import { ask } from './ask.ts';
import { framed } from './frame.ts';
import { judgeClaims } from './judge.ts';
import { packed, statementLine } from './packs.ts';
import { OUTLINE, SECTION, SUMMARY } from './prompts/camina-1.ts';
import { answerOrWhy, type HurriedAsker } from './unanswered.ts';
import { writeProse } from './write-prose.ts';

/** Characters of claims shown: an outline about 8,000 tokens, a section and a summary about 5,000. */
const MOST_OUTLINED = 32_000;
const MOST_SECTIONS = 8;
const MOST_HEADING = 100;
/** Characters of one that are read at all. */
const MOST_READ_HEADING = 300;
const OUTLINE_OUTPUT = 1500;
/** What the outline names nowhere is told all the same. */
const FURTHER = 'Further findings';
const PLAIN_HEADING = 'Findings';

type Section = Composition['sections'][number];

/** `byCode`: the composition that needs no call, with what is said twice across groups merged and disagreements found. */
export async function composeReport(
  asker: HurriedAsker,
  request: ComposeRequest,
  byCode: (request: ComposeRequest) => Promise<Composition>,
): Promise<Composition> {
  const base = await byCode(request);
  const ids = [...new Set([...base.summary, ...base.sections.flatMap(({ claims }) => claims)])];
  if (ids.length === 0) return base;
  const { judged, unanswered } = await judgeClaims(asker, {
    task: request.task,
    claims: request.claims.filter(({ claim_id }) => ids.includes(claim_id)),
    bearing: new Set(base.summary),
    contested: new Set(base.conflicts.flatMap(({ claims }) => claims)),
  });
  const claims = new Map(judgedClaims(request.claims, { judged }).map((claim) => [claim.claim_id, claim]));
  const missing: Missing[] = [];
  if (unanswered !== null) {
    missing.push({ what: 'a model’s check of all statements, whose labels stand as code gave them', why: unanswered });
  }
  const outline =
    request.in_order === true
      ? base.sections
      : await outlined(asker, { request, base, claims: ids.flatMap((id) => claims.get(id) ?? []), missing });
  const sections = await allWritten(asker, outline, { request, base, claims, missing });
  const summary = await summarised(asker, { request, base, claims, missing, sections });
  return {
    ...base,
    ...withRest(summary, ids, sections),
    sections,
    ...(judged.length === 0 ? {} : { judged }),
    // Nothing else than an answer that was not to be had is missing here.
    ...(missing.length === 0 ? {} : { missing, cut: [...new Set(missing.map(({ why }) => why))] }),
  };
}

/** What code had for the summary and the model told nowhere stands under it as it is: none of the claims is lost. */
function withRest(
  { summary, ...prose }: Pick<Composition, 'summary' | 'summary_prose'>,
  ids: readonly string[],
  sections: readonly Section[],
): Pick<Composition, 'summary' | 'summary_prose'> {
  const told = new Set(sections.flatMap(({ claims }) => claims));
  return { ...prose, summary: [...new Set([...summary, ...ids.filter((id) => !told.has(id))])] };
}

interface Work {
  readonly request: ComposeRequest;
  readonly base: Composition;
  readonly claims: ReadonlyMap<string, Claim>;
  /** Told of what could not be written. */
  readonly missing: Missing[];
}

/** Sections over all claims: the model's, or where there is none those of code. */
async function outlined(
  asker: HurriedAsker,
  work: Pick<Work, 'request' | 'base' | 'missing'> & { readonly claims: readonly Claim[] },
): Promise<readonly Section[]> {
  const { request, base, claims, missing } = work;
  const [shown = []] = packed(claims, statementLine, MOST_OUTLINED);
  const known = new Set(shown.map(({ claim_id }) => claim_id));
  const text = framed(shown.map(statementLine).join('\n'), { task: request.task, key: 'outline', what: 'claims' });
  const answered = await answerOrWhy(asker, () =>
    ask(asker, {
      key: 'outline',
      share: 'write',
      prompt: OUTLINE,
      messages: [{ role: 'user', text: `The question: ${request.task}\n\n${disputes(base)}${text}` }],
      answer: outlineOver(known),
      max_output_tokens: OUTLINE_OUTPUT,
    }),
  );
  if (answered.kind === 'unanswered') {
    missing.push({ what: 'the outline of the report', why: answered.why });
    return withAll(base.sections, claims);
  }
  const sections = answered.value.sections.map(({ heading, claims: own }) => ({
    heading: headingFor(headingOf(heading), own, work),
    claims: own,
  }));
  return withAll(sections, claims);
}

/** What stands above a section is said by it as well: one with a number that neither its claims nor the question hold is code's. */
function headingFor(
  heading: string,
  ids: readonly string[],
  { request, base, claims }: Pick<Work, 'request' | 'base'> & { readonly claims: readonly Claim[] },
): string {
  const own = new Set(ids);
  const cited = claims.filter(({ claim_id }) => own.has(claim_id));
  const held = [
    { statement: '', span: request.task, context: '' },
    ...cited.map(({ quote, heading: above }) => ({ statement: '', span: quote, context: above })),
  ];
  const byCode = base.sections.find((section) => section.claims.some((id) => own.has(id)))?.heading ?? '';
  return [heading, byCode].find((each) => each !== '' && !hasForeignNumber(each, held)) ?? PLAIN_HEADING;
}

function outlineOver(known: ReadonlySet<string>) {
  const section = z.object({ heading: z.string().min(1).max(MOST_READ_HEADING), claims: z.array(z.string()) });
  return z.object({ sections: z.array(section).min(1).max(MOST_SECTIONS) }).superRefine(({ sections }, context) => {
    const named = sections.flatMap(({ claims }) => claims);
    const unknown = named.filter((id) => !known.has(id));
    if (unknown.length > 0)
      context.addIssue({ code: 'custom', message: `there is no claim ${unknown.slice(0, 5).join(', ')}` });
  });
}

/** Each claim once, none left out. */
function withAll(sections: readonly Section[], claims: readonly Claim[]): readonly Section[] {
  const told = new Set<string>();
  const each = sections.map(({ heading, claims: ids }) => {
    const own = ids.filter((id) => !told.has(id));
    for (const id of own) told.add(id);
    return { heading, claims: [...new Set(own)] };
  });
  const left = claims.flatMap(({ claim_id }) => (told.has(claim_id) ? [] : [claim_id]));
  return [...each, { heading: FURTHER, claims: left }].filter((section) => section.claims.length > 0);
}

/** Addresses last: without what stood in brackets a text may be one. */
function headingOf(heading: string): string {
  const plain = heading.replaceAll(/\[\[[^\][]*\]\]/g, '').replaceAll(/\s+/g, ' ');
  return withoutAddresses(plain).trim().slice(0, MOST_HEADING);
}

function disputes({ conflicts }: Composition): string {
  if (conflicts.length === 0) return '';
  const lines = conflicts.map(
    ({ claims: [a, b], newer }) => `${a} and ${b} disagree${newer === null ? '' : `; ${newer} is newer`}`,
  );
  return `${lines.join('\n')}\n\n`;
}

/** Sections at a time: a report of eight, one after another, would not be written in the time of the step. */
const AT_A_TIME = 2;

/** In the order of the outline, what is missing too. */
async function allWritten(asker: HurriedAsker, outline: readonly Section[], work: Work): Promise<readonly Section[]> {
  const sections: Section[] = [];
  for (let first = 0; first < outline.length; first += AT_A_TIME) {
    const some = outline.slice(first, first + AT_A_TIME).map((section, at) => ({
      section,
      key: `section-${first + at + 1}`,
      missing: [] as Missing[],
    }));
    // The others end by themselves before a failure of one ends the step.
    const settled = await Promise.allSettled(some.map((each) => written(asker, { ...work, ...each })));
    for (const each of settled) {
      if (each.status === 'rejected') throw each.reason;
      sections.push(each.value);
    }
    work.missing.push(...some.flatMap(({ missing }) => missing));
  }
  return sections;
}

async function written(
  asker: HurriedAsker,
  work: Work & { readonly section: Section; readonly key: string },
): Promise<Section> {
  const { section, key, request, base, claims, missing } = work;
  // What the outline had no place for was never meant to be told as a story.
  if (section.heading === FURTHER) return section;
  const own = section.claims.flatMap((id) => claims.get(id) ?? []);
  const sides = base.conflicts.filter(({ claims: pair }) => pair.some((id) => section.claims.includes(id)));
  const others = sides.flatMap((conflict) => conflict.claims).flatMap((id) => claims.get(id) ?? []);
  const answered = await answerOrWhy(asker, () =>
    writeProse(asker, {
      key,
      prompt: SECTION,
      request,
      claims: [...new Set([...own, ...others])],
      about: `The question: ${request.task}\nThe section: ${section.heading}\n${disputes({ ...base, conflicts: sides })}`,
    }),
  );
  if (answered.kind === 'unanswered') {
    missing.push({
      what: `the text of “${section.heading}”, whose findings stand as they were collected`,
      why: answered.why,
    });
    return section;
  }
  return answered.value === '' ? section : { ...section, prose: answered.value };
}

async function summarised(
  asker: HurriedAsker,
  work: Work & { readonly sections: readonly Section[] },
): Promise<Pick<Composition, 'summary' | 'summary_prose'>> {
  const { request, base, claims, missing, sections } = work;
  const ids = [...new Set([...base.summary, ...sections.flatMap((section) => section.claims)])];
  const answered = await answerOrWhy(asker, () =>
    writeProse(asker, {
      key: 'summary',
      prompt: SUMMARY,
      request,
      claims: ids.flatMap((id) => claims.get(id) ?? []),
      about: `The question: ${request.task}\n${disputes(base)}`,
    }),
  );
  if (answered.kind === 'unanswered') {
    missing.push({ what: 'the text of the summary, whose findings stand as they were collected', why: answered.why });
    return { summary: base.summary };
  }
  if (answered.value === '') return { summary: base.summary };
  return { summary: marksIn(answered.value), summary_prose: answered.value };
}
