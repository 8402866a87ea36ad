/** What a task asks for: its shape, the kind of answer that satisfies it, its sub-questions, the things it compares. */

import { stems } from '../../../core/words.ts';
import type { Shape } from '../../../core/plan.ts';
import { comparedThings } from './comparison.ts';
import { shortened, surfaceWords } from './text.ts';

/** The kind of span that answers: `statement` says what something is or should be; a sentence with a date for `when`, with a number for `how many`, and so on. */
export type AnswerKind =
  | 'date'
  | 'time'
  | 'number'
  | 'name'
  | 'place'
  | 'definition'
  | 'reason'
  | 'way'
  | 'statement'
  | 'open';

export interface Question {
  readonly shape: Shape;
  readonly answer: AnswerKind;
  /** Sub-questions in the task's own words; the whole task when it is one question. */
  readonly parts: readonly string[];
  /** What is compared, in order; empty unless the shape is a comparison. */
  readonly things: readonly string[];
  /** A short phrase that names the subject, for headings: the task without its question words. */
  readonly topic: string;
}

/** Words of a task that say what to do, not what it is about. */
const TASK_WORDS =
  'compare comparison comparing difference differences differ versus explain describe overview summary summarise summarize ' +
  'summarising survey review report research investigate discuss outline list tell find give show identify analyse analyze ' +
  'work works working best better good main major important key current currently common commonly various different ' +
  'use used uses using way ways thing things kind kinds type types mean means meaning define definition ' +
  'question questions topic topics open please know need needs want pros cons advantages disadvantages ' +
  'recommended recommendation handle handles deal deals affect affects ' +
  'mention mentions cover covers write forget say says essay article consider address include including focus chapter ' +
  'happen happens make makes get gets long many much often stand stands really exactly detail details try tries trying';
const TASK_STEMS: ReadonlySet<string> = new Set(stems(TASK_WORDS));

const FACT_START =
  /^(?:(?:in|on|at|for|since|by|from|to|until|with) )?(?:who|whom|whose|when|where|which|how (?:many|much|long|old|fast|quick(?:ly)?|late|early|big|large|small|often|far|high|tall|deep|wide|thick|full|hot|cold|warm|heavy|soon)|define|wer|wann|wo|wie ?viele?|wie (?:lange|hoch|gro[sß]+)|qui|quand|où|combien|quién|cuándo|dónde|cuánt[oa]s?)\b/iu;
/** "To what torque …", "Within what time …", "Up to which level …" ask for one value or one thing. */
const FACT_PREPOSITION =
  /^(?:up to|down to|after|before|within|under|below|above|over|through|against|during|per|in|on|at|for|since|by|from|to|until|with|of) (?:what|which|how)\b/i;
const YES_NO_START =
  /^(?:is|are|was|were|do|does|did|can|could|has|have|had|will|would|should|must|may|isn't|doesn't|don't|can't)\s/i;
const WHAT_IS = /^what(?:'s|’s|\s+(?:is|was))\s+/i;
const WHAT_IS_OR_ARE = /^what(?:'s|’s|\s+(?:is|are|was|were))\s+/i;
const WHAT_NOUN =
  /^(?:(?:in|on|at|by|since|for) )?(?:what|which)\s+(?:year|date|day|month|time|number|percentage|percent|share|size|version|page|port|name|company|person|city|country|value|rate|default)\b/i;
/** After "what is the", nouns that open a discussion instead of asking for one value. */
const OPEN_NOUN =
  /^(?:the\s+)?(?:(?:best|main|current|overall|general|right|most\s+\w+)\s+)*(?:ways?|impacts?|effects?|influence|role|state|relationship|relation|history|future|importance|significance|consequences?|implications?|evidence|case|reasons?|advantages?|benefits?|drawbacks?|trade-?offs?|approach|approaches|strategy|strategies|process|overview|practices?|known)\b/i;
const DEFINITION = /^(?:(?:an?\s+)?[\p{L}\p{N}][\p{L}\p{N}_.+#/-]*(?:\s+[\p{L}\p{N}][\p{L}\p{N}_.+#/-]*){0,3})$/u;
const MEANS = /^what\s+(?:does|do|did)\s+.+\s+(?:mean|stand for)$/i;
const QUESTION_WORD = 'how|what|why|when|where|which|who|whether|is|are|do|does|can|should';
/** "What will a terabyte cost in 2026?", "What can happen to the file when …?" */
const WHAT_DOES = /^what (?:does|do|did|will|would|can|could|must|may|has|have|had|happens)\b/i;
/** "Has it ever failed, and when?" */
const TAIL = /,? and (when|where|why|who|how (?:much|many|often|long))$/i;
/** A question with so many telling words asks for one thing. */
const NARROW = 4;
const NARROW_WHY = 3;
const LONGEST_FACT = 22;
const LONGEST_TOPIC = 60;

/** Reads a task. Any text gets an answer: what fits no rule is an open survey of the whole text. */
export function readQuestion(task: string): Question {
  const whole = task.replaceAll(/[ \t]+/g, ' ').trim();
  const parts = subQuestions(whole);
  const things = parts.length <= 2 ? comparedThings(whole.replaceAll(/\s+/g, ' ')) : [];
  const topic = topicOf(parts[0] ?? whole);
  const first = bare(parts[0] ?? whole);
  if (things.length >= 2) return { shape: 'comparison', answer: 'open', parts, things, topic };
  const tail = TAIL.exec(bare(whole))?.[1];
  const answer = tail === undefined ? answerKind(first) : answerKind(`${tail} ${first}`);
  const isFact = parts.length === 1 && surfaceWords(whole).length <= LONGEST_FACT && asksOneThing(first);
  return { shape: isFact ? 'fact' : 'survey', answer: isFact ? answer : openAnswer(first), parts, things: [], topic };
}

function bare(text: string): string {
  return text
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/[?.!\s]+$/u, '')
    .replace(/^(?:please|so|and|also)[,\s]+/i, '');
}

function asksOneThing(question: string): boolean {
  if (MEANS.test(question) || WHAT_NOUN.test(question)) return true;
  const what = WHAT_IS.exec(question);
  if (what !== null) return !OPEN_NOUN.test(question.slice(what[0].length));
  if (/^how (?:much|long|often)\b/i.test(question)) return true;
  if (/^which\b.*\b(?:are|were)\b/i.test(question) && !/^which\s+\w+\s+(?:is|was)\b/i.test(question)) return false;
  // "Why do databases use checksums?" wants a survey; the more a question says, the narrower is what answers it.
  if (/^why\b/i.test(question)) return keyStems(question).length >= NARROW_WHY;
  if (WHAT_DOES.test(question)) return keyStems(question).length >= NARROW;
  return FACT_START.test(question) || FACT_PREPOSITION.test(question) || YES_NO_START.test(question);
}

/** One event of the past has a date; what recurs or is a rule may be told as a time of day, a span, or a condition. */
const HAPPENED =
  /^(?:when|wann|quand|cuándo|(?:\w+ )?(?:what|which) \w+) (?:was|were|did|had|has|have|wurden?|war|waren|fue|a été)\b|\byear\b/iu;

/** The kind of answer one question asks for. */
export function answerKind(text: string): AnswerKind {
  const question = bare(text);
  if (
    /^(?:when|wann|quand|cuándo)\b|^(?:in |on |since |at |by |from |until )?(?:what|which)\s+(?:year|date|days?|weekdays?|month|time|hour|moment)\b/i.test(
      question,
    )
  ) {
    return HAPPENED.test(question) ? 'date' : 'time';
  }
  if (isNumberQuestion(question)) return 'number';
  if (
    /^(?:who|whom|whose|wer|qui|quién)\b|^(?:what|which)\s+(?:person|company|organisation|organization|author|team)\b/i.test(
      question,
    )
  ) {
    return 'name';
  }
  if (/^(?:where|wo|où|dónde)\b|^(?:in )?(?:what|which)\s+(?:city|country|place)\b/i.test(question)) return 'place';
  if (/^(?:why)\b/i.test(question)) return 'reason';
  if (/^define\b/i.test(question) || MEANS.test(question)) return 'definition';
  const what = WHAT_IS_OR_ARE.exec(question);
  if (what === null) return 'open';
  const rest = question.slice(what[0].length);
  if (!/^the\s/i.test(rest) && DEFINITION.test(rest)) return 'definition';
  return OPEN_NOUN.test(rest) ? 'open' : 'statement';
}

const MEASURES =
  'size|number|amount|percentage|percent|share|rate|population|cost|price|fee|limit|maximum|minimum|threshold|timeout|length|height|depth|width|weight|age|capacity|speed|throughput|latency|duration|period|count|total|budget|salary|temperature|distance|quota|interval|ratio|score|level|torque|pressure|voltage|power|charge|thickness|altitude|frequency|dose|concentration|angle|weight|mass|volume|range|value|days|hours|minutes|weeks|months|years|metres|meters|degrees';

function isNumberQuestion(question: string): boolean {
  if (
    /^(?:[a-z]+ ){0,2}how (?:many|much|long|old|fast|quick(?:ly)?|soon|late|early|big|large|small|often|far|high|tall|deep|wide|heavy|full|thick|hot|cold|warm)\b/i.test(
      question,
    )
  )
    return true;
  if (new RegExp(`^(?:[a-z]+ ){1,2}(?:what|which)\\s+(?:[\\w-]+\\s+){0,3}?(?:${MEASURES})\\b`, 'i').test(question))
    return true;
  if (COSTS.test(question) || BOUND.test(question)) return true;
  if (/^(?:wie ?viele?|wie (?:lange|hoch|gro[sß]+)|combien|cuánt[oa]s?)\b/iu.test(question)) return true;
  return new RegExp(
    `^(?:what|which)(?:'s|’s|\\s+(?:is|was|are))?\\s+(?:the\\s+)?(?:[\\w-]+\\s+){0,4}?(?:${MEASURES})\\b`,
    'i',
  ).test(question);
}

const COSTS = /^what (?:does|do|did|will|would) .+ (?:cost|weigh|measure)\b/i;

/** "What is the largest file I can send?" */
const BOUND =
  /^(?:what|which)(?:'s|’s|\s+(?:is|are|was|were)) the (?:\w+ )?(?:\w{3,}est|most|least) .+ (?:can|could|may|allowed|permitted|possible|supported|accepted)\b/i;

function openAnswer(question: string): AnswerKind {
  if (/^how\b/i.test(question)) return 'way';
  return /^why\b/i.test(question) ? 'reason' : 'open';
}

/** Splits a task at question marks, numbered or bulleted lines, semicolons, and `and how …` between clauses. */
export function subQuestions(task: string): readonly string[] {
  const listed = task
    .split(/\n+\s*(?:[-*•]|\d{1,2}[.)])\s+|(?:^|\s)(?:\(\d{1,2}\)|\d{1,2}\))\s+|\n{2,}/u)
    .map((part) => part.trim())
    .filter((part) => part !== '');
  const split = listed
    .flatMap((part) => part.split(/(?<=[?？])\s+|;\s+/u))
    .flatMap((part) =>
      part.split(
        new RegExp(
          `,?\\s+and\\s+(?=(?:how|what|why|when|where|who|which)\\s)|(?<=^(?:${QUESTION_WORD})\\s.*\\w),\\s+(?=(?:${QUESTION_WORD})\\s.*\\?)`,
          'i',
        ),
      ),
    )
    .flatMap((part) => part.split(/(?<=[.!])\s+(?=\p{Lu})/u))
    .map((part) => part.replaceAll(/\s+/g, ' ').trim())
    .filter((part) => keyStems(part).length > 0);
  const questions = split.filter((part, index) => !isLeadIn(part, split.length, index));
  const distinct = [...new Set(questions)];
  return distinct.length === 0 ? [task.replaceAll(/\s+/g, ' ').trim()] : distinct;
}

/** A line such as "Answer these questions:" before a list is no question of its own. */
function isLeadIn(part: string, count: number, index: number): boolean {
  return count > 1 && index === 0 && part.endsWith(':');
}

/** Stems that carry a question's subject: stop words and task words such as "explain" removed, unless nothing is left. */
export function keyStems(text: string): readonly string[] {
  const all = [...new Set(stems(text))];
  const telling = all.filter((stem) => !TASK_STEMS.has(stem));
  return telling.length > 0 ? telling : all;
}

const OPENING = new RegExp(
  '^(?:(?:please|can you|could you)\\s+)?(?:(?:explain|describe|summari[sz]e|outline|discuss|investigate|research|list|review|survey|analy[sz]e|give (?:me )?an? overview of|overview of|an overview of|compare|find out|tell me about)\\s+)?' +
    "(?:(?:how|what|why|when|where|which|who)(?:'s|’s)?\\s+)?(?:(?:many|much|long|often)\\s+)?(?:(?:is|are|was|were|do|does|did|can|could|should|would|will|has|have)\\s+)?(?:the\\s+)?",
  'i',
);

/** The subject of a question as a short phrase: question words dropped, cut at a clause when long. */
export function topicOf(question: string): string {
  const phrase = bare(question);
  const topic = phrase.slice(OPENING.exec(phrase)?.[0].length ?? 0).trim() || phrase;
  if (topic.length <= LONGEST_TOPIC) return topic.replace(/^(\S+(?: \S+)?) (?:does|do|did) (?:the )?/i, '$1, ');
  const clause =
    /^.{20,60}?(?=,| (?:after|before|when|while|if|because|so that|during|despite|without|which|that|in order)\b)/i.exec(
      topic,
    );
  return clause?.[0].trim() ?? shortened(topic, LONGEST_TOPIC).replace(/…$/u, '');
}

/** What is longer, larger or cheaper is told by two numbers. */
const BY_AMOUNT =
  /\b(?:long|larg|bigg|small|short|tall|high|low|deep|wid|heavi|light|fast|slow|cheap|old|young|hott|cold|warm|quick|earli|lat)(?:er|est)\b|\b(?:more|fewer|less|how (?:many|much))\b/i;

/** Whether a comparison is decided by amounts. */
export function asksForAmount(task: string): boolean {
  return BY_AMOUNT.test(task);
}
