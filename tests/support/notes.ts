/** What agents noted, and someone to ask about it: claims from plain sentences, and calls kept in memory under a budget. */

import { judge, NO_BUDGET, type Budget } from '../../src/core/budget.ts';
import { tokensOf, type CallRequest } from '../../src/core/call.ts';
import type { Claim } from '../../src/core/claim.ts';
import { Fault } from '../../src/core/errors.ts';
import { canonical, type Json } from '../../src/core/json.ts';
import type { Source, StoredText } from '../../src/core/source.ts';
import type { LanguageModel, ModelRequest } from '../../src/providers/providers.ts';
import type { HurriedAsker } from '../../src/research/thinking/unanswered.ts';
import { supportLabel } from '../../src/research/evidence/support.ts';
import { claim, LAYOUT, source, textOf } from '../contract/rows.ts';

/** A statement and the sentence of its source it rests on: the same where only one is given. */
export interface Note {
  readonly id: string;
  readonly text: string;
  readonly quote?: string;
  readonly date?: string;
}

export interface Notes {
  readonly claims: readonly Claim[];
  readonly sources: readonly Source[];
  readonly texts: ReadonlyMap<string, StoredText>;
}

/** Each note with a source of its own, `s-ID`, which holds its quote. */
export function notesOf(notes: readonly Note[]): Notes {
  const texts = new Map<string, StoredText>();
  const sources: Source[] = [];
  const claims = notes.map(({ id, text, quote = text, date }) => {
    const stored = textOf(`Before. ${quote} After ${id}.`);
    const source_id = `s-${id}`;
    texts.set(source_id, { text: stored.text, layout: { ...LAYOUT, blanks: [] } });
    // Digits would make them editions of one document.
    const name = id.replaceAll(/\W/g, '').replaceAll(/\d/g, (digit) => 'klmnopqrst'.charAt(Number(digit)));
    const place = { title: `Paper ${name}`, location: `documents/${name}.md`, uri: `file:///documents/${name}.md` };
    sources.push(source(source_id, stored, { ...place, date: date ?? null }));
    const label = supportLabel({ text, heading: '' }, quote);
    const start = 8;
    const agent_id = id.split('.')[0] ?? id;
    return claim(id, { agent_id, source_id, text, quote, start, end: start + quote.length, label });
  });
  return { claims, sources, texts };
}

export interface Desk {
  readonly asker: HurriedAsker;
  /** Keys of the calls that were made, in order; a recorded one is not made again. */
  readonly made: string[];
  /** Tokens as the model counted them. */
  readonly spent: () => number;
}

function unused(): never {
  throw new Error('a synthesis reads no texts');
}

/** `recorded`: the journal of an earlier desk, whose outcomes come back. */
export function deskOf(model: LanguageModel, budget: Budget = NO_BUDGET, recorded = new Map<string, Json>()): Desk {
  const made: string[] = [];
  let tokens = 0;
  let reserved = 0;
  let settled = Promise.withResolvers<void>();
  const make = async (call: CallRequest): Promise<Json> => {
    const key = `${call.key} ${canonical(call.request)}`;
    const known = recorded.get(key);
    if (known !== undefined) return known;
    for (;;) {
      const ledger = { spent: { tokens, microusd: 0 }, reserved: { tokens: reserved, microusd: 0 } };
      const { kind } = judge(budget, ledger, call);
      if (kind === 'exhausted') throw new Fault('BUDGET_EXHAUSTED', `no tokens left for ${call.key}`);
      if (kind === 'granted') break;
      await settled.promise;
    }
    made.push(call.key);
    reserved += call.most.tokens;
    const called = await call.run({ signal: new AbortController().signal, idempotency_key: call.key });
    reserved -= call.most.tokens;
    tokens += called.spent === null ? 0 : tokensOf(called.spent.usage);
    settled.resolve();
    settled = Promise.withResolvers<void>();
    if (called.kind === 'failed') throw called.fault;
    recorded.set(key, called.output);
    return called.output;
  };
  const asker: HurriedAsker = {
    models: () => model,
    model: model.name,
    bench: {
      calls: { make, recorded: () => Promise.resolve(undefined) },
      config: { fallback_models: [], network: false, budget: NO_BUDGET },
      steppedIn: unused,
      texts: { keep: unused, read: unused },
    },
    signal: new AbortController().signal,
    isLate: () => false,
  };
  return { asker, made, spent: () => tokens };
}

/** The text of the last message, as the model was told. */
export function told(request: ModelRequest): string {
  const last = request.messages.at(-1);
  return last === undefined ? '' : last.text;
}
