/** What a sentence denies: whether a claim and its evidence say yes and no of the same. */

import { fold, type Word } from '../../core/words.ts';
import { groupsTold } from './groups.ts';
import { contentLemmas, lemmas } from './lemmas.ts';

/** In the languages whose word for no is no other language's everyday word. Folded. */
const CUES: ReadonlySet<string> = new Set(
  `not no never none hardly barely scarcely neither nor nobody nothing nowhere without cannot nicht kein keine keinen keinem keiner keines nie
  niemals ohne pas jamais aucun aucune nunca jamas ninguno ninguna ningun niet geen nooit zonder nao не нет никогда`.split(
    /\s+/,
  ),
);
/** Verbs that deny what follows them. */
const DENYING: ReadonlySet<string> = new Set(
  `lack lacks lacked lacking fail fails failed failing refuse refuses refused unable decline declines declined
  myth myths`.split(/\s+/),
);
/** "No more than five" sets a bound, "not only" denies nothing. */
const NO_CUE =
  /^(?:\s+(?:more|less|fewer|later|earlier|longer|higher|lower|greater)\s+than|\s+only\b|\s+doubt\b|\s+matter\b)/i;
const TOKEN = /[\p{L}\p{M}\p{N}]+(?:['’][\p{L}]+)*/gu;
const CLAUSE_END = /[.,;:!?()]|\b(?:but|and|or|while|although|aber|und|mais|et|pero|y)\b/iu;
/** So many content words after a cue are denied by it. */
const REACH = 3;
/**
 * A cue with all that may stand between it and what it denies flatly. Anything else may make less of the denial, "not widely
 * known", or deny another thing: "without a permit it is legal", "no legal action", "does not mean that it is safe".
 */
const FLATLY =
  /^(?:(?:not|never|neither|nor|none|nobody|cannot|hardly|barely|scarcely|\p{L}+n['’]t|nicht|nie|niemals|pas|niet)\s+|without\s+being\s+)(?:(?:yet|ever|is|are|was|were|be|been|being|has|have|had|currently|presently|considered|deemed)\s+)*$/iu;
/** Characters behind a cue in which they are looked for. */
const LONGEST_CLAUSE = 400;

/** "Non-toxic", "never-smokers": the prefix denies the one word behind it. */
const PREFIX = /(?<![\p{L}\p{N}])(?:non|un|never)[-‐‑](?=\p{L})/giu;
/** A shorter word is a name as often: what is "non-EU" may be said in other words than "not". */
const LEAST_PREFIXED = 4;

export interface Polarity {
  readonly text: string;
  /** For each cue: the stems it denies. */
  readonly denied: readonly (readonly string[])[];
  /** Of the scope in the same place how many it denies flatly. */
  readonly flat: readonly number[];
  /** Stems that a prefix set off by a hyphen denies. */
  readonly prefixed: ReadonlySet<string>;
  /** Stems behind a prefix that is one word with them: "nontoxic" answers what the other text denies, and denies nothing itself. */
  readonly joined: ReadonlySet<string>;
  /** All content stems that stand where nothing denies them. */
  readonly said: ReadonlySet<string>;
}

export function polarityOf(text: string): Polarity {
  const content = contentLemmas(text);
  const scopes = scopesOf(text, content);
  const starts = new Set(scopes.flatMap(({ reached }) => reached.map(({ start }) => start)));
  const behind = new Set(Array.from(text.matchAll(PREFIX), ({ 0: prefix, index }) => index + prefix.length));
  const negated = content.filter(({ start, stem }) => behind.has(start) && stem.length >= LEAST_PREFIXED);
  for (const { start } of negated) starts.add(start);
  return {
    text,
    denied: scopes.map(({ reached }) => reached.map(({ stem }) => stem)),
    flat: scopes.map(({ flat }) => flat),
    prefixed: new Set(negated.map(({ stem }) => stem)),
    joined: new Set(stemsOf(text).behind.keys()),
    said: new Set(content.flatMap(({ stem, start }) => (starts.has(start) || CUES.has(stem) ? [] : [stem]))),
  };
}

interface Scope {
  readonly reached: readonly Word[];
  /** How many of them, from the first on, it denies flatly. */
  readonly flat: number;
}

/** What each cue denies. */
function scopesOf(text: string, content: readonly Word[]): readonly Scope[] {
  const scopes: Scope[] = [];
  const prefixAt = new Set(Array.from(text.matchAll(PREFIX), ({ index }) => index));
  let next = 0;
  for (const match of text.matchAll(TOKEN)) {
    const end = match.index + match[0].length;
    if (prefixAt.has(match.index) || !isCue(match[0]) || NO_CUE.test(text.slice(end, end + 24))) continue;
    const clause = upToNextCue(text.slice(end, end + LONGEST_CLAUSE).split(CLAUSE_END, 1)[0] ?? '');
    while ((content[next]?.start ?? end) < end) next += 1;
    const reached: Word[] = [];
    for (let at = next; reached.length < REACH; at += 1) {
      const word = content[at];
      if (word === undefined || word.start >= end + clause.length) break;
      if (!CUES.has(word.stem)) reached.push(word);
    }
    scopes.push({ reached, flat: reached.filter(({ start }) => FLATLY.test(text.slice(match.index, start))).length });
  }
  return scopes;
}

/** What a second cue denies is not denied by the first. */
function upToNextCue(clause: string): string {
  for (const { 0: token, index } of clause.matchAll(TOKEN)) if (isCue(token)) return clause.slice(0, index);
  return clause;
}

function isCue(token: string): boolean {
  const folded = fold(token);
  return CUES.has(folded) || DENYING.has(folded) || /n['’]t$/.test(folded) || /^n['’]/.test(folded);
}

/** Whether a word of denial stands in the text. */
export function holdsCue(text: string): boolean {
  return Array.from(text.matchAll(TOKEN)).some(([token]) => isCue(token));
}

/**
 * Whether one denies what the other says: `directly` where both speak of it, `aside` where a denial has no counterpart at all.
 * `evidence`: of the sentences nearest to the claim.
 */
export function denies(claim: Polarity, evidence: Polarity): 'directly' | 'aside' | 'not' {
  const [deniedThere, deniedHere] = [deniedIn(evidence), deniedIn(claim)];
  const [isAnsweredThere, isAnsweredHere] = [answersOf(evidence, claim), answersOf(claim, evidence)];
  const open = claim.denied.filter((scope, at) => !isAnsweredThere(scope, claim.flat[at] ?? 0));
  if (open.some((scope) => scope.some((stem) => evidence.said.has(stem)))) return 'directly';
  const turned = [...claim.prefixed].filter((stem) => !deniedThere.has(stem) && evidence.said.has(stem));
  const isTold = turned.some((stem) => claim.said.has(stem)) ? groupsTold(claim.text, evidence.text) : null;
  const isTurned =
    turned.some((stem) => !claim.said.has(stem) || isTold?.(stem) !== true) ||
    [...evidence.prefixed].some((stem) => !deniedHere.has(stem) && claim.said.has(stem) && !evidence.said.has(stem));
  if (isTurned) return 'directly';
  const isDenied = evidence.denied.some(
    (scope, at) =>
      !isAnsweredHere(scope, evidence.flat[at] ?? 0) &&
      scope.slice(0, 2).some((stem) => claim.said.has(stem) && !evidence.said.has(stem)),
  );
  if (isDenied) return 'directly';
  return open.length > 0 && evidence.denied.length === 0 ? 'aside' : 'not';
}

/** Stems of which the text denies something, in whatever form. */
function deniedIn({ denied, prefixed, joined }: Polarity): ReadonlySet<string> {
  return new Set([...denied.flat(), ...prefixed, ...joined]);
}

/**
 * Whether a "not" of the other text finds its like: the same denied, or a prefix before what it denies first or flatly, as "no
 * evidence that it is safe" does not. A prefix is one for what the text does not also say, as who helps "vaccinated and unvaccinated
 * patients" does not deny that the vaccinated are helped, unless the other says it as well; nor where the other has that word too.
 */
function answersOf(
  { denied, prefixed, joined, said }: Polarity,
  other: Polarity,
): (scope: readonly string[], flat: number) => boolean {
  const isOwn = (stem: string): boolean =>
    (!said.has(stem) || other.said.has(stem)) && !other.prefixed.has(stem) && !other.joined.has(stem);
  const all = new Set(denied.flat());
  const own = new Set([...prefixed, ...joined].filter(isOwn));
  return (scope, flat) => scope.some((stem, at) => all.has(stem) || ((at === 0 || at < flat) && own.has(stem)));
}

/** Pairs of which a sentence that says one denies the other. Stems, as `words` gives them. */
const OPPOSITES: readonly (readonly [string, string])[] =
  `increase decrease|increase reduce|raise lower|profit loss|uphold overturn|upheld overturned|upheld overturn|prevent cause|improve worsen|
  rise fall|rise drop|rise decline|grow fall|increase fall|decrease rise|gain lose|grow shrink|more less|more fewer|most least|
  higher lower|highest lowest|above below|before after|earlier later|early late|first last|maximum minimum|
  largest smallest|longest shortest|long short|longer shorter|big small|larger smaller|oldest newest|older newer|old young|
  faster slower|fast slow|strong weak|stronger weaker|north south|east west|northern southern|eastern western|left right|
  enable disable|allow forbid|allowed forbidden|allow prohibit|permit prohibit|require forbid|required optional|accept reject|
  accepted refused|approve reject|approved rejected|win lose|succeed fail|open close|opened closed|start stop|
  begin end|buy sell|import export|internal external|inner outer|positive negative|true false|same different|
  male female|man woman|always never|day night|hot cold|warm cool|wet dry|summer winter|safe dangerous|
  synchronous asynchronous|voluntary mandatory|public private|rural urban|ancient modern|cheap expensive|
  die survive|died survived|cheaper dearer|better worse|best worst|good bad|easy difficult|simple complex|heavy light|rich poor|thick thin|
  wide narrow|deep shallow|full empty|present absent|remember forget|love hate|ascend descend|borrow lend`
    .split('|')
    .map((pair) => {
      const [one = '', other = ''] = pair.trim().split(' ');
      return [stemOf(one), stemOf(other)] as const;
    });
const DENYING_PREFIX = /^(?!unlike$|unless$)(?:un|in|im|ir|il|non|dis|mis)(?=\p{L}{4})/iu;
/** Words that begin like that and deny nothing of what follows: who informs is not without a form. */
const UNDENYING: ReadonlySet<string> = new Set(
  lemmas(
    `disable disband discern discharge disclose disclosure discord discount discourse discover discoverer discovery disease
    dispatch dispense disperse displace displacement display disposal dispose disposition dissection dissent dissolution dissolve
    distill distraction distribute distribution illustrate image immediate immigrant immigrate immigration impact impair impart
    impending impinge implant implantation import importance important importer impose imposition impound impress impression
    impressive imprint imprison improve improvement improver inborn inbound inbuilt incase incite include incoming incorporate
    increase indeed indent indentation indoor indoors inflame inflammable inflow inform informant information infraction
    infuse ingrain inhabit inhabitant inland inlet inline inner inning innovation innovative inpatient input inquest
    inshore inside insight inspire install installation installment instance instate instill instruct insurance insure insurer
    intake intend intense intension intent intention intuition invaluable invent invention inventor inventory inverse inversion
    invest investment investor invoice inward irradiate irradiation mischief mislead missing mission mistake mistaken mistook
    misuse unfall universe university`,
  ).map(({ stem }) => stem),
);

/** What a text says, as opposites are looked for in it. */
export interface Stems {
  readonly all: ReadonlySet<string>;
  /** Without function words: "unlikely" denies "likely", and not what is said with "like". */
  readonly content: ReadonlySet<string>;
  /** Stems behind a denying prefix within a word, with the word's own. */
  readonly behind: ReadonlyMap<string, string>;
  /** Those that are said only where they are flatly denied: nobody knows what is unknown. */
  readonly denied: ReadonlySet<string>;
}

export function stemsOf(text: string): Stems {
  const found = lemmas(text);
  const denied = scopesOf(
    text,
    found.filter(({ stop }) => !stop),
  ).flatMap(({ reached, flat }) => reached.slice(0, flat).map(({ start }) => start));
  const prefixes = Array.from(text.matchAll(PREFIX), ({ 0: prefix, index }) => index + prefix.length);
  const starts = new Set([...denied, ...prefixes]);
  const said = new Set(found.flatMap(({ stem, start }) => (starts.has(start) ? [] : [stem])));
  const behind = found.flatMap(({ stem, start, end }) => {
    const word = text.slice(start, end);
    const [prefix = ''] = UNDENYING.has(stem) ? [] : (DENYING_PREFIX.exec(word) ?? []);
    return prefix === '' ? [] : lemmas(word.slice(prefix.length)).map((rest) => [rest.stem, stem] as const);
  });
  const all = new Set(found.map(({ stem }) => stem));
  const content = new Set(found.flatMap(({ stem, stop }) => (stop ? [] : [stem])));
  return { all, content, behind: new Map(behind), denied: new Set([...all].filter((stem) => !said.has(stem))) };
}

function stemOf(word: string): string {
  return lemmas(word)[0]?.stem ?? word;
}

/** Whether one says a word that the other says with a denying prefix, "safe" and "unsafe"; what is "not safe" may be unsafe. */
function holdsDenied(plain: Stems, prefixes: Stems): boolean {
  return [...prefixes.behind].some(([stem, whole]) => {
    const isSaid = plain.content.has(stem) && !prefixes.content.has(stem) && !plain.all.has(whole);
    return isSaid && !(plain.denied.has(stem) && !prefixes.denied.has(whole));
  });
}

/** Whether the claim says the opposite word of one in the evidence, and neither holds both. */
export function isOpposite(claim: Stems, evidence: Stems): boolean {
  const turns = ([one, other]: readonly [string, string]): boolean =>
    claim.all.has(one) && !claim.all.has(other) && evidence.all.has(other) && !evidence.all.has(one);
  if (OPPOSITES.some(([one, other]) => turns([one, other]) || turns([other, one]))) return true;
  return holdsDenied(claim, evidence) || holdsDenied(evidence, claim);
}
