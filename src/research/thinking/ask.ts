/**
 * Asking a language model, always through the journal: what was answered once is never bought again. An answer that was cut
 * off is asked to go on, one in the wrong form is told what is wrong with it, and the models a user named as fallbacks are
 * asked where one failed for good.
 */

import { jsonrepair } from 'jsonrepair';
import { z } from 'zod';
import type { Share } from '../../core/budget.ts';
import { type ErrorCode, Fault } from '../../core/errors.ts';
import type {
  LanguageModel,
  Message,
  ModelAnswer,
  ModelRequest,
  ObjectSchema,
  ToolCard,
  Workbench,
} from '../../providers/providers.ts';
import { asJson, plain } from '../journal.ts';
import { called } from './called.ts';
import { isWorthWaiting, patient, recordedOnly, Unrecorded, type Waits } from './patience.ts';
import type { Prompt } from './prompt.ts';
import { type Counted, countedAfter, mostOf } from './reserve.ts';

export interface Asker {
  /** Throws PROVIDER_NOT_CONFIGURED. */
  readonly models: (name: string) => LanguageModel;
  /** The role's model: `provider/model`. */
  readonly model: string;
  readonly bench: Workbench;
  readonly signal: AbortSignal;
  /** Whether a wait that a provider asks for is sat out, however long; absent: none that is longer than usual. */
  readonly waits?: Waits;
}

interface Asked {
  /** Names the call within its step, the same each time the step is begun again: `turn-3`, `section-2`. */
  readonly key: string;
  readonly share: Share;
  readonly prompt: Prompt;
  readonly messages: readonly Message[];
  readonly tools?: readonly ToolCard[];
  readonly max_output_tokens: number;
}

export interface Question<T> extends Asked {
  /** The answer wanted; its JSON schema goes to the model. */
  readonly answer: z.ZodType<T>;
}

export interface Turn extends Asked {
  readonly tool_choice?: ModelRequest['tool_choice'];
  /** What the vendor counted up to the turn before: the reservation need not estimate it again. */
  readonly counted?: Counted | null;
}

/** An answer, and what the next turn of the same conversation needs to know of it. */
export interface TurnAnswer extends ModelAnswer {
  /** `provider/model` of who answered: asked first in the next turn, for only it can read its own `opaque`. */
  readonly by: string;
  readonly counted: Counted | null;
}

/** How often a model that is cut off is asked to go on. */
const CONTINUATIONS = 3;

const GO_ON =
  'Your answer was cut off at its length limit. Go on exactly where it stopped, without repeating or commenting. ' +
  'A tool call that was cut off has to be made again, with shorter input.';

/** What another model may do better. A cap, a stop or a fault of our own is the same for every model. */
export const FAILED_FOR_GOOD: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'PROVIDER_NOT_CONFIGURED',
  'PROVIDER_REFUSED',
  'PROVIDER_QUOTA',
  'PROVIDER_LIMITED',
  'PROVIDER_UNAVAILABLE',
  'PROVIDER_PROTOCOL',
  'MODEL_REJECTED',
  'CONTEXT_TOO_LONG',
  'OUTPUT_INVALID',
  'BUDGET_UNPRICED',
]);

/**
 * One structured answer: journalled, validated, repaired once, asked again once with what was wrong. Rejects with
 * OUTPUT_INVALID, with the fault of the last model asked, with BUDGET_EXHAUSTED, or with the signal's reason.
 */
export function ask<T>(asker: Asker, question: Question<T>): Promise<T> {
  const output = { name: 'answer', schema: schemaOf(question.answer) };
  return byFirstThatCan(asker, question, async (exchange, asked) => {
    const first = await whole(exchange, asked, output);
    const read = readAnswer(first, question.answer);
    if (read.ok) return read.value;
    const told = `That is not the answer asked for: ${read.problem}. Answer again, with the corrected JSON alone.`;
    const messages = [...asked.messages, said(textOf(first)), { role: 'user', text: told } as const];
    const again = readAnswer(
      await whole(exchange, { ...asked, key: `${asked.key}/again`, messages }, output),
      question.answer,
    );
    if (again.ok) return again.value;
    throw invalid(`${exchange.model.name} gave no valid answer to ${question.prompt.name}: ${again.problem}`);
  });
}

/** One turn of a conversation with tools. Rejects as `ask` does. */
export function converse(asker: Asker, turn: Turn): Promise<TurnAnswer> {
  return byFirstThatCan(asker, turn, async (exchange, asked) => {
    const answer = await whole(exchange, asked, null);
    const { name: model } = exchange.model;
    const counted = countedAfter({ model, request: requestOf(asked, null), before: asked.counted ?? null }, answer);
    return { ...answer, by: model, counted };
  });
}

interface Exchanging {
  readonly asker: Asker;
  readonly model: LanguageModel;
}

/**
 * Asks the model, then the fallbacks that come after it, each under a key of its own. What one of them answered before,
 * when the step was begun or in the workflow this one goes on from, is it: another would make another conversation, all bought anew.
 */
async function byFirstThatCan<A extends Asked, T>(
  asker: Asker,
  asked: A,
  work: (exchange: Exchanging, asked: A) => Promise<T>,
): Promise<T> {
  const fallbacks = asker.bench.config.fallback_models;
  // Of a conversation that a fallback took over, only those after it are left.
  const chain = [asker.model, ...fallbacks.slice(fallbacks.indexOf(asker.model) + 1)];
  const by = async (name: string, of: Asker): Promise<T> => {
    const own = name === asker.model;
    const answer = await work({ asker: of, model: asker.models(name) }, own ? asked : forAnother(asked, name));
    if (!own) asker.bench.steppedIn(name);
    return answer;
  };
  const { calls } = asker.bench;
  const waits = asker.waits ?? (() => false);
  // Nobody is waited for whom another may stand in for; where none could, who asked for a wait is asked once more after it.
  const last = patient(calls, waits);
  let failed: readonly unknown[] = [];
  for (const way of chain.length > 1 ? [recordedOnly(calls), calls, last] : [last]) {
    if (way === last && chain.length > 1 && !failed.some((thrown) => isWorthWaiting(thrown, waits))) break;
    failed = [];
    for (const name of chain) {
      try {
        return await by(name, { ...asker, bench: { ...asker.bench, calls: way } });
      } catch (thrown) {
        if (!(thrown instanceof Unrecorded) && !passes(thrown, asker)) throw thrown;
        failed = [...failed, thrown];
      }
    }
  }
  throw failed.at(-1);
}

/** Whether another model is asked then. */
function passes(thrown: unknown, { signal }: Asker): boolean {
  return !signal.aborted && thrown instanceof Fault && FAILED_FOR_GOOD.has(thrown.code);
}

function forAnother<A extends Asked>(asked: A, name: string): A {
  const messages = asked.messages.map((message) =>
    message.role === 'assistant' ? { ...message, opaque: null } : message,
  );
  return { ...asked, key: `${asked.key}@${name}`, messages };
}

/** The whole of an answer, asked to go on where it was cut off. */
async function whole(
  exchange: Exchanging,
  asked: Asked & Pick<Turn, 'tool_choice' | 'counted'>,
  output: ModelRequest['output'],
): Promise<ModelAnswer> {
  let answer = await once(exchange, asked, output);
  let { text } = answer;
  let { messages } = asked;
  for (let part = 1; answer.stop === 'length'; part += 1) {
    if (part > CONTINUATIONS) {
      throw invalid(
        `the answer of ${exchange.model.name} was still cut off after ${part} parts of ${asked.max_output_tokens} tokens`,
      );
    }
    // Without text there is nothing to go on from: vendors refuse an empty message, so it is asked anew.
    const begun = answer.text === '' ? [] : [said(answer.text)];
    messages = [...messages, ...begun, { role: 'user', text: GO_ON }];
    // What continues a JSON text is none by itself: the form is asked of the whole.
    answer = await once(
      exchange,
      { ...asked, key: `${asked.key}/on-${part}`, messages, counted: null },
      begun.length === 0 ? output : null,
    );
    text += answer.text;
  }
  return { ...answer, text };
}

/** One journalled request. */
async function once(
  exchange: Exchanging,
  asked: Asked & Pick<Turn, 'tool_choice' | 'counted'>,
  output: ModelRequest['output'],
): Promise<ModelAnswer> {
  const { asker, model } = exchange;
  const { key, share, prompt } = asked;
  const request = requestOf(asked, output);
  // Read once: prices hold for a day, and a bill at tomorrow's could be above what was kept free for it today.
  const { name, price, quiet_ms = 0 } = model;
  const recorded = await asker.bench.calls.make({
    key,
    kind: 'model',
    name,
    request: asJson({ ...request, prompt: { name: prompt.name, hash: prompt.hash } }),
    share,
    most: mostOf(request, { name, price }, asked.counted ?? null),
    quiet_ms,
    run: async (attempt) => called(await model.exchange(request, attempt), price),
  });
  const answer = plain(recorded) as ModelAnswer;
  if (answer.stop === 'refused') {
    throw invalid(`${name} refused to answer`, 'Word the task differently, or choose another model.');
  }
  return answer;
}

function requestOf(asked: Asked & Pick<Turn, 'tool_choice'>, output: ModelRequest['output']): ModelRequest {
  const { prompt, messages, tools = [], tool_choice = 'auto', max_output_tokens } = asked;
  return { system: prompt.text, messages, tools, tool_choice, output, max_output_tokens };
}

/**
 * What was answered, as the beginning of what is asked next. As text alone: a tool call without its result, or reasoning
 * without what followed it, is an error at some vendors.
 */
function said(text: string): Message {
  return { role: 'assistant', text, tool_uses: [], opaque: null };
}

/** The same calls would give the same answer, so nothing is gained by beginning the step again. */
function invalid(message: string, hint = 'Choose a stronger model, or one that can give structured output.'): Fault {
  return new Fault('OUTPUT_INVALID', message, { retryable: false, hint });
}

function schemaOf(answer: z.ZodType): ObjectSchema {
  return plain(asJson(z.toJSONSchema(answer))) as ObjectSchema;
}

type Read<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problem: string };

function readAnswer<T>(answer: ModelAnswer, form: z.ZodType<T>): Read<T> {
  const text = textOf(answer);
  const value = parse(text);
  if (value === undefined) return { ok: false, problem: 'it is not a JSON object' };
  const checked = form.safeParse(value);
  if (checked.success) return { ok: true, value: checked.data };
  const problems = checked.error.issues
    .slice(0, 5)
    .map(({ path, message }) => `${path.join('.') || 'the answer'}: ${message}`);
  return { ok: false, problem: problems.join('; ') };
}

/** Where a vendor cannot promise a form it is a forced tool's, and that tool's input is the answer. */
function textOf(answer: ModelAnswer): string {
  return answer.text.trim() === '' ? (answer.tool_uses[0]?.raw ?? '(nothing)') : answer.text;
}

/** JSON as it stands, or as it was meant: fences, prose around it, missing brackets. Undefined where there is none. */
function parse(text: string): unknown {
  for (const read of [() => text, () => jsonrepair(text.slice(Math.max(0, text.search(/[[{]/))))]) {
    try {
      const value: unknown = JSON.parse(read());
      if (typeof value === 'object' && value !== null) return value;
    } catch {
      // The next reading, or none: the model is told.
    }
  }
  return undefined;
}
