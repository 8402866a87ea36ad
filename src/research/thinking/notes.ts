/**
 * What an agent noted: statements with the quotes that carry them, what it looked for in vain, what led nowhere. Notes are made
 * as it goes, so that one that is stopped keeps them, and a quote is looked for in the stored text before it is noted at all.
 */

import { z } from 'zod';
import type { Claim, PassageRead } from '../../core/claim.ts';
import type { Subtask } from '../../core/plan.ts';
import { locate, placeAt, type Source, type StoredText } from '../../core/source.ts';
import { locateQuote } from '../evidence/locate.ts';
import { cut } from './frame.ts';
import { failure, inputSchema, type LoopTool, problemsOf, type ToolInput, type ToolResult } from './loop-tool.ts';
import type { Shelf } from './shelf.ts';

const NOTE = 'note';

/** Most statements of one agent. What it finds beyond them would drown in the report. */
const MOST_CLAIMS = 40;
/** Most lines of each other kind, and characters of one. */
const MOST_LINES = 10;
const MOST_LINE = 300;
/** A statement whose quote was not found this often is left out. */
const TRIES = 2;
/** Confidence of nothing at all is still a statement: scores are above 0. */
const LEAST_SCORE = 0.01;

const CLAIM = z.object({
  source_id: z.string().describe('The id of the source quoted.'),
  quote: z
    .string()
    .trim()
    .min(4)
    .max(2_000)
    .describe('Verbatim from that source, one to three sentences that carry the statement.'),
  statement: z
    .string()
    .trim()
    .min(1)
    .max(600)
    .describe('What the quote says on the objective, one sentence that stands alone.'),
  confidence: z.number().min(0).max(1).describe('How sure the statement answers the objective, 0 to 1.'),
});

const INPUT = z.object({
  claims: z.array(CLAIM).default([]),
  gaps: z.array(z.string()).default([]).describe('What was looked for and not found, one sentence each.'),
  dead_ends: z
    .array(z.string())
    .default([])
    .describe('Searches and sources that led nowhere, so that nobody tries them again.'),
  done: z.boolean().default(false).describe('True once the objective is answered or nothing more can be found.'),
});

/** The same, with statements that are checked one by one: a bad one spoils no other. */
const LENIENT = INPUT.extend({ claims: z.array(z.unknown()).default([]) });

interface Noting {
  readonly claim: z.infer<typeof CLAIM>;
  readonly source: Source;
  readonly stored: StoredText;
  readonly span: { readonly start: number; readonly end: number };
}

export class Notes implements LoopTool {
  readonly card = {
    name: NOTE,
    description:
      'Writes down what you found: each statement with a verbatim quote from a source. Note findings as soon as you have them; quotes are checked at once. Say done when you are.',
    input_schema: inputSchema(INPUT),
  };
  readonly #subtask: Subtask;
  readonly #shelf: Shelf;
  readonly #claims = new Map<string, Claim>();
  readonly #passages = new Map<string, PassageRead>();
  readonly #gaps = new Set<string>();
  readonly #dead_ends = new Set<string>();
  readonly #tries = new Map<string, number>();
  #done = false;

  constructor(subtask: Subtask, shelf: Shelf) {
    this.#subtask = subtask;
    this.#shelf = shelf;
  }

  /** Whether the agent said that it is done, and has nothing to correct. */
  get done(): boolean {
    return this.#done;
  }

  get claims(): readonly Claim[] {
    return [...this.#claims.values()];
  }

  get passages(): readonly PassageRead[] {
    return [...this.#passages.values()];
  }

  get gaps(): readonly string[] {
    return [...this.#gaps];
  }

  get dead_ends(): readonly string[] {
    return [...this.#dead_ends];
  }

  /** Statements that were left out because their quotes stand in no source. */
  get rejected(): number {
    return [...this.#tries.values()].filter((tries) => tries > 0).length;
  }

  async run(input: ToolInput): Promise<ToolResult> {
    const read = LENIENT.safeParse(input);
    if (!read.success) return failure(problemsOf(read.error));
    const { claims, gaps, dead_ends, done } = read.data;
    const seen = [...lines(this.#gaps, gaps), ...lines(this.#dead_ends, dead_ends)];
    const told: string[] = [];
    let correctable = false;
    for (const [at, each] of claims.entries()) {
      const noted = await this.#note(each);
      if (noted.id !== null) seen.push(noted.id);
      else correctable ||= noted.again;
      told.push(`claim ${at + 1}: ${noted.told}`);
    }
    this.#done = done && !correctable;
    const sum = `${this.#claims.size} noted in all${this.#done ? '; done' : ''}`;
    // One that can be corrected is a turn that is worth another.
    return { text: [...told, sum].join('\n'), outside: false, failed: correctable, brought: [], seen };
  }

  async #note(given: unknown): Promise<{ readonly id: string | null; readonly told: string; readonly again: boolean }> {
    const read = CLAIM.safeParse(given);
    if (!read.success) return { id: null, told: `not noted, ${problemsOf(read.error)}`, again: true };
    const claim = read.data;
    const source = this.#shelf.find(claim.source_id);
    if (source === null) return this.#refused(claim, `there is no source of that id; there are ${this.#shelf.ids()}`);
    const stored = await this.#shelf.read(source);
    const span = locateQuote(stored, claim.quote);
    if (span === null) {
      const shown = JSON.stringify(cut(claim.quote, 80, ''));
      return this.#refused(claim, `${shown} does not stand in ${claim.source_id}; copy the words exactly`);
    }
    this.#tries.delete(statementKey(claim));
    const key = `${source.source_id}@${span.start}-${span.end} ${claim.statement.toLowerCase()}`;
    if (this.#claims.has(key)) return { id: null, told: 'noted before', again: false };
    if (this.#claims.size >= MOST_CLAIMS)
      return { id: null, told: `not noted: ${MOST_CLAIMS} are enough`, again: false };
    const made = this.#claimOf({ claim, source, stored, span });
    this.#claims.set(key, made);
    return { id: made.claim_id, told: `noted as ${made.claim_id}`, again: false };
  }

  #refused(claim: z.infer<typeof CLAIM>, why: string) {
    const key = statementKey(claim);
    const tries = (this.#tries.get(key) ?? 0) + 1;
    this.#tries.set(key, tries);
    const again = tries < TRIES;
    const next = again ? 'correct it once' : 'it is left out';
    return { id: null, told: `not noted, ${why}; ${next}`, again };
  }

  #claimOf({ claim, source, stored, span }: Noting): Claim {
    const { agent_id, objective } = this.#subtask;
    const { source_id } = source;
    const { start, end } = span;
    const { headings, passages } = stored.layout;
    const passage = passages.find((each) => each.start <= start && start < each.end) ?? null;
    const heading = headings[passage?.heading ?? -1] ?? '';
    const location = locate(source.location, placeAt(stored.layout, start));
    const score = Math.max(LEAST_SCORE, claim.confidence);
    if (passage !== null && !this.#passages.has(`${source_id}@${passage.start}`)) {
      const passage_id = `${agent_id}.p${this.#passages.size + 1}`;
      const read = { passage_id, agent_id, source_id, start: passage.start, end: passage.end, heading, score };
      const at = locate(source.location, placeAt(stored.layout, passage.start));
      this.#passages.set(`${source_id}@${passage.start}`, { ...read, location: at });
    }
    return {
      claim_id: `${agent_id}.${this.#claims.size + 1}`,
      agent_id,
      source_id,
      text: claim.statement,
      quote: stored.text.slice(start, end),
      start,
      end,
      // What the quote supports is judged by code, once for all agents.
      label: 'unsupported',
      location,
      heading,
      score,
      objective,
    };
  }
}

function statementKey({ source_id, statement }: z.infer<typeof CLAIM>): string {
  return `${source_id} ${statement.toLowerCase()}`;
}

/** Adds lines that are new, cut to size; those it added. */
function lines(to: Set<string>, said: readonly string[]): readonly string[] {
  const before = new Set(to);
  for (const line of said) {
    const short = cut(line.replaceAll(/\s+/g, ' ').trim(), MOST_LINE, '').split('\n')[0] ?? '';
    if (short !== '' && to.size < MOST_LINES) to.add(short);
  }
  return [...to].filter((line) => !before.has(line));
}
