/** Finds the things a task compares: `A vs B`, `difference between A and B`, `compare A, B and C`, `A or B`. */

import { surfaceWords } from './text.ts';

/** A thing longer than this many words is a clause, so the pattern misread the sentence. */
const LONGEST_THING = 7;
const MOST_THINGS = 4;

/** Ends the list of compared things and starts what they are compared for. */
const TAIL =
  /\s+(?:in terms of|with (?:respect|regard) to|with regards to|regarding|concerning|when it comes to|for|on|when|under|as|by|if|in)\s+.*$/i;
const SEPARATOR = /\s*,\s*(?:and\s+|or\s+)?|\s+(?:and|or|with|to|versus|vs\.?|against)\s+/i;
const ARTICLE = /^(?:the|an?|using|use|both|either|between|of)\s+/i;

const LISTS: readonly RegExp[] = [
  /\b(?:differences?|trade-?offs?|comparison|choose|choosing|choice|decide|deciding)\b[^?]*?\bbetween\s+(.+)/i,
  /\b(?:compare|comparing|contrast|contrasting|comparison of|pros and cons of|(?:dis)?advantages of)\s+(.+)/i,
  /\bhow\s+(?:do|does|did)\s+(.+?)\s+(?:differ|compare)\s*$/i,
  /^(?:which|what|who)\b[^?]*?\b(?:\w{2,}(?:er|est)|more|most|less|least|fewer|better|best|worse|worst|first)\b[^?]*?[:,]\s*(.+?\s+or\s+.+)/i,
  /\b(?:which|what)\s+(?:one\s+)?(?:is|are|has|gives|should)\b[^?]*?[:,]\s*(.+?\s+or\s+.+)/i,
];
const PAIRS: readonly RegExp[] = [
  /\bhow\s+(?:do|does|did|is|are)\s+(.+?)\s+(?:differ(?:s|ent)?\s+from|compare[sd]?\s+(?:to|with|against))\s+(.+)/i,
  /^(?:is|are|was|were|does|do|why (?:is|are))\s+(.+?)\s+(?:(?:much|any|really|always|usually|generally|significantly)\s+)?(?:better|worse|more\s+\w+|less\s+\w+|[a-z]{3,}er)\s+(?:than)\s+(.+)/i,
  /^(?:is|are|does|do|would|will)\s+(?:an?\s+|the\s+)?(.+?)\s+or\s+(.+?)\s+(?:the\s+)?(?:better|worse|best|worst|more\s+\w+|less\s+\w+|[a-z]{3,}er)\b/i,
  /\b(?:should\s+(?:i|we|you|one)\s+)?(?:use|choose|pick|prefer|adopt)\s+(.+?)\s+or\s+(.+)/i,
];
const NAMES_TWO = /\S\s+(?:and|or|versus|vs\.?|with|to|against|than|from)\s+\S|,\s*\S/i;
const VERSUS = /(.+?)\s+(?:versus|vs\.?)\s+(.+)/i;

/** Things in the order of the task, without articles; fewer than two when the task compares nothing that can be named. */
export function comparedThings(task: string): readonly string[] {
  const text = (task.split(/(?<=\?)\s/, 1)[0] ?? task).replace(/[?.!\s]+$/u, '');
  const things = thingsIn(withoutAside(text));
  return things.length >= 2 ? things : thingsIn(text);
}

function thingsIn(text: string): readonly string[] {
  for (const pattern of PAIRS) {
    const found = pattern.exec(text);
    const things = found === null ? [] : tidy([found[1] ?? '', found[2] ?? '']);
    if (things.length === 2) return things;
  }
  const versus = VERSUS.exec(text);
  if (versus !== null) {
    const things = tidy([afterLead(versus[1] ?? ''), ...(versus[2] ?? '').split(/\s+(?:versus|vs\.?)\s+/i)]);
    if (things.length >= 2) return things;
  }
  for (const pattern of LISTS) {
    const found = pattern.exec(text);
    if (found === null) continue;
    const things = tidy((found[1] ?? '').replace(TAIL, '').split(SEPARATOR));
    if (things.length >= 2) return things;
  }
  return [];
}

/** "Compare A and B: what are the trade-offs" asks about A and B; "Which is safer: A or B" names them after the colon. */
function withoutAside(text: string): string {
  const aside = /^(?<head>.+?\S)\s*(?::\s|[—;]|\s[-–]\s)\s*(?<tail>.+)$/u.exec(text)?.groups;
  if (aside === undefined) return text;
  return NAMES_TWO.test(aside['head'] ?? '') ? (aside['head'] ?? text) : text;
}

/** "Compare the WAL" before `vs`: only what stands after the verb or the colon is the thing. */
function afterLead(text: string): string {
  return text.replace(/^.*?(?::|\b(?:compare|comparing|comparison of|about|of|is|are|explain|describe))\s+/i, '');
}

function tidy(parts: readonly string[]): readonly string[] {
  const things = parts
    .map((part) =>
      part
        .replace(TAIL, '')
        .trim()
        .replace(ARTICLE, '')
        .replace(ARTICLE, '')
        .replace(/[,:;]+$/u, '')
        .trim(),
    )
    .filter((part) => part !== '');
  const clean = [...new Set(things)];
  if (clean.some((thing) => surfaceWords(thing).length > LONGEST_THING)) return [];
  return withSharedHead(withoutAspect(clean)).slice(0, MOST_THINGS);
}

const ASPECT_OF = /^\p{Ll}.* (?:at|in|of|on|for|from|by|between) (?<thing>\p{Lu}\S*(?: \p{Lu}\S*)*)$/u;

/** "the power at Lunnvik and Tornholm" compares two places: what stands before the first is the aspect of both. */
function withoutAspect(things: readonly string[]): readonly string[] {
  const [first = '', ...rest] = things;
  const thing = ASPECT_OF.exec(first)?.groups?.['thing'];
  return thing !== undefined && rest.every((other) => /^\p{Lu}/u.test(other)) ? [thing, ...rest] : things;
}

/** "optimistic and pessimistic locking" compares two kinds of locking: the shared last word belongs to both. */
function withSharedHead(things: readonly string[]): readonly string[] {
  const last = things.at(-1) ?? '';
  const head = last.split(' ');
  if (head.length !== 2) return things;
  return things.map((thing) =>
    /^\p{Ll}[\p{L}-]+(?:ic|al|ous|ive|ed|ing|ary|ual|less)$/u.test(thing) ? `${thing} ${head[1] ?? ''}` : thing,
  );
}
