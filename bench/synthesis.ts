/**
 * What Drummers are worth: the same scripted notes of eight Belters through two Drummers and Camina (8-2-1) and through Camina
 * alone (8-1), under the same caps. The model is a script that always answers well: it knows which notes are one fact and which
 * contradict each other, so the figures tell what the two arrangements can bring about, not how good a vendor's model is.
 * `npm run bench:synthesis -- [--json FILE]`. Nothing here is timed.
 */

import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { encode } from 'gpt-tokenizer';
import { type Budget, NO_BUDGET } from '../src/core/budget.ts';
import type { Claim, Conflict } from '../src/core/claim.ts';
import type { Composition } from '../src/core/report.ts';
import { extractiveModel } from '../src/providers/models/extractive/extractive.ts';
import type { ModelRequest } from '../src/providers/providers.ts';
import { marksIn } from '../src/research/evidence/prose.ts';
import { systemClock } from '../src/engine/system-clock.ts';
import { thinkingSynthesis } from '../src/research/thinking/synthesis.ts';
import { scripted } from '../tests/support/cassette.ts';
import { deskOf, type Note, notesOf } from '../tests/support/notes.ts';

const BELTERS = 8;
/** Sixty names: forty or so notes for each Belter. */
const SHIPS = ['Al', 'Bor', 'Cet', 'Dor', 'El', 'Fjol', 'Ger', 'Hal', 'Il', 'Jor', 'Kal', 'Lom'].flatMap((first) =>
  ['dra', 'vik', 'mar', 'sund', 'tis'].map((last) => first + last),
);
const TASK = 'What can the ships of the line do, and where do the sources disagree?';

interface Fact {
  readonly id: string;
  /** What it contradicts. */
  readonly against: string | null;
}

/** What each ship is said to do, said by several: in the same words, and in others that no code sees through. */
function wordings(
  ship: string,
  n: number,
): readonly { readonly fact: string; readonly against?: string; readonly texts: readonly string[] }[] {
  const load = 200 + 13 * n;
  return [
    {
      fact: `${ship}-load`,
      texts: [
        `The ship ${ship} carries ${load} tonnes of cargo.`,
        `The ship ${ship} carries ${load} tonnes of cargo.`,
        `Up to ${load} tonnes fit into the holds of ${ship}.`,
      ],
    },
    {
      fact: `${ship}-load-other`,
      against: `${ship}-load`,
      texts: n % 4 === 0 ? [`The ship ${ship} carries ${load + 40} tonnes of cargo.`] : [],
    },
    {
      fact: `${ship}-winter`,
      texts: [
        `${ship} sails through the winter without a break.`,
        `There are departures of ${ship} all the year round.`,
      ],
    },
    {
      fact: `${ship}-winter-other`,
      against: `${ship}-winter`,
      texts: n % 5 === 0 ? [`${ship} is laid up in the yard between November and March.`] : [],
    },
  ];
}

/** Every fact with its wordings, dealt out to the Belters in turn so that each group of four has some of everything. */
function scriptedNotes() {
  const facts = new Map<string, Fact>();
  const notes: Note[] = [];
  const said = SHIPS.flatMap((ship, n) => wordings(ship, n));
  for (const { fact, against = null, texts } of said) {
    for (const text of texts) {
      const belter = (notes.length * 3) % BELTERS;
      const id = `belter-${belter + 1}.${notes.length + 1}`;
      notes.push({ id, text });
      facts.set(id, { id: fact, against });
    }
  }
  return { facts, notes: notesOf(notes) };
}

const { facts, notes } = scriptedNotes();
const factOf = (id: string): string => facts.get(id)?.id ?? id;
const opposes = (a: string, b: string): boolean =>
  facts.get(a)?.against === factOf(b) || facts.get(b)?.against === factOf(a);

/** Ids in the order in which a prompt shows them. */
function shownIn(request: ModelRequest): readonly string[] {
  const [question] = request.messages;
  const text = question === undefined ? '' : question.text;
  return [...new Set(Array.from(text.matchAll(/^\[(belter-\d+\.\d+)\]/gm), (match) => match[1] ?? ''))];
}

/** The model that always answers well. */
function answer(request: ModelRequest): object {
  const ids = shownIn(request);
  if (request.system.includes('bring together')) {
    const groups = Map.groupBy(ids, factOf);
    const conflicts = ids.flatMap((a, at) =>
      ids.slice(at + 1).flatMap((b) => (opposes(a, b) ? [{ a, b, subject: factOf(a).replaceAll('-', ' ') }] : [])),
    );
    const alike = [...groups.values()].flatMap(([keep, ...duplicates]) =>
      keep !== undefined && duplicates.length > 0 ? [{ keep, duplicates }] : [],
    );
    return { groups: alike, conflicts };
  }
  if (request.system.includes('plan a research report')) {
    const ships = Map.groupBy(ids, (id) => factOf(id).split('-')[0] ?? '');
    const each = [...ships.values()];
    const size = Math.ceil(each.length / 4);
    const sections = [0, 1, 2, 3].map((at) => ({
      heading: `Part ${at + 1}`,
      claims: each.slice(at * size, (at + 1) * size).flat(),
    }));
    return { sections: sections.filter(({ claims }) => claims.length > 0) };
  }
  const texts = new Map(notes.claims.map(({ claim_id, text }) => [claim_id, text]));
  return { prose: ids.map((id) => (texts.get(id) ?? '').replace(/\.$/, ` [[${id}]].`)).join(' ') };
}

interface Figures {
  readonly arrangement: string;
  readonly cap: number | null;
  readonly facts: number;
  readonly facts_told: number;
  readonly facts_in_prose: number;
  readonly repeated: number;
  readonly contradictions: number;
  readonly contradictions_shown: number;
  readonly prompts: number;
  readonly prompt_tokens: number;
  readonly largest_prompt: number;
}

const sizeOf = (request: ModelRequest): number =>
  encode(`${request.system}\n${JSON.stringify(request.messages)}\n${JSON.stringify(request.output)}`).length;

async function measured(
  arrangement: string,
  groups: readonly (readonly number[])[],
  cap: number | null,
): Promise<Figures> {
  const sizes: number[] = [];
  const model = scripted((request) => {
    sizes.push(sizeOf(request));
    const text = JSON.stringify(answer(request));
    const usage = {
      input_tokens: sizes.at(-1) ?? 0,
      output_tokens: encode(text).length,
      cached_tokens: 0,
      cache_write_tokens: 0,
      reasoning_tokens: 0,
    };
    return { text, usage };
  });
  const budget: Budget = { ...NO_BUDGET, max_tokens: cap };
  const { asker } = deskOf(model, budget);
  const { signal, bench } = asker;
  const synthesis = thinkingSynthesis(model.name, {
    models: () => model,
    byCode: extractiveModel(),
    clock: systemClock,
  });
  const conflicts: Conflict[] = [];
  let claims: readonly Claim[] = notes.claims;
  if (groups.length > 0) {
    const kept = new Set<string>();
    for (const [n, group] of groups.entries()) {
      const own = notes.claims.filter(({ agent_id }) => group.includes(Number(agent_id.slice('belter-'.length))));
      const merged = await synthesis.merge(
        { ...notes, claims: own, task: TASK, agent_id: `drummer-${n + 1}`, signal },
        bench,
      );
      for (const id of merged.kept) kept.add(id);
      conflicts.push(...merged.conflicts);
    }
    claims = notes.claims.filter(({ claim_id }) => kept.has(claim_id));
  }
  const request = { ...notes, claims, conflicts, task: TASK, shape: 'survey' as const, objectives: [], signal };
  return {
    arrangement,
    cap,
    ...counted(await synthesis.compose(request, bench)),
    prompts: sizes.length,
    prompt_tokens: sizes.reduce((sum, size) => sum + size, 0),
    largest_prompt: Math.max(0, ...sizes),
  };
}

function counted(composition: Composition) {
  const listed = composition.sections.flatMap(({ claims }) => claims);
  const disputed = composition.conflicts.flatMap((conflict) => conflict.claims);
  const told = new Set([...composition.summary, ...listed, ...disputed].map(factOf));
  const prose = composition.sections.flatMap((section) => marksIn(section.prose ?? ''));
  const pairs = [...facts.values()]
    .filter(({ against }) => against !== null)
    .map(({ id, against }) => `${id} ${against}`);
  const shown = new Set(
    composition.conflicts.flatMap(({ claims: [a, b] }) => [`${factOf(a)} ${factOf(b)}`, `${factOf(b)} ${factOf(a)}`]),
  );
  return {
    facts: new Set([...facts.values()].map(({ id }) => id)).size,
    facts_told: told.size,
    facts_in_prose: new Set(prose.map(factOf)).size,
    repeated: listed.length - new Set(listed.map(factOf)).size,
    contradictions: new Set(pairs).size,
    contradictions_shown: [...new Set(pairs)].filter((pair) => shown.has(pair)).length,
  };
}

const { values: options } = parseArgs({ options: { json: { type: 'string' } } });
const halves = [
  [1, 2, 3, 4],
  [5, 6, 7, 8],
];
const rows: Figures[] = [];
for (const cap of [null, 60_000, 40_000, 25_000]) {
  rows.push(await measured('8-2-1', halves, cap), await measured('8-1', [], cap));
}
console.log(
  `${notes.claims.length} notes of ${BELTERS} Belters, ${rows[0]?.facts ?? 0} facts, ${rows[0]?.contradictions ?? 0} contradictions`,
);
console.table(
  rows.map(({ facts: _facts, contradictions: _contradictions, ...row }) => ({ ...row, cap: row.cap ?? 'none' })),
);
if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(rows, null, 2)}\n`);
