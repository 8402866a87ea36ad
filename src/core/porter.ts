/**
 * The Porter stemmer (M. F. Porter, "An algorithm for suffix stripping", Program 14(3), 1980) with the small departures
 * of SQLite's FTS5: words under three or over 64 bytes stay as they are. Equality with FTS5 is tested word by word.
 */

type Rule = readonly [suffix: string, replacement: string];

/** Every rule list is sorted so that a suffix comes before any shorter suffix it ends with. */
const STEP_2: readonly Rule[] = [
  ['ational', 'ate'],
  ['tional', 'tion'],
  ['enci', 'ence'],
  ['anci', 'ance'],
  ['izer', 'ize'],
  ['logi', 'log'],
  ['bli', 'ble'],
  ['alli', 'al'],
  ['entli', 'ent'],
  ['eli', 'e'],
  ['ousli', 'ous'],
  ['ization', 'ize'],
  ['ation', 'ate'],
  ['ator', 'ate'],
  ['alism', 'al'],
  ['iveness', 'ive'],
  ['fulness', 'ful'],
  ['ousness', 'ous'],
  ['aliti', 'al'],
  ['iviti', 'ive'],
  ['biliti', 'ble'],
];

const STEP_3: readonly Rule[] = [
  ['icate', 'ic'],
  ['ative', ''],
  ['alize', 'al'],
  ['iciti', 'ic'],
  ['ical', 'ic'],
  ['ful', ''],
  ['ness', ''],
];

const STEP_4: readonly string[] = [
  'al',
  'ance',
  'ence',
  'er',
  'ic',
  'able',
  'ible',
  'ant',
  'ement',
  'ment',
  'ent',
  'ion',
  'ou',
  'ism',
  'ate',
  'iti',
  'ous',
  'ive',
  'ize',
];

const VOWELS = 'aeiou';
const LONGEST = 64;

/** `c` for each consonant and `v` for each vowel; `y` is a vowel after a consonant. FTS5 counts bytes: `ß` is two. */
function shape(word: string): string {
  let out = '';
  for (const letter of word) {
    if (VOWELS.includes(letter) || (letter === 'y' && out.endsWith('c'))) out += 'v';
    else out += letter > '\u007F' ? 'cc' : 'c';
  }
  return out;
}

/** How many times a vowel is followed by a consonant: Porter's m. */
function measure(word: string): number {
  return shape(word).match(/vc/g)?.length ?? 0;
}

/** Consonant, vowel, consonant at the end, the last not w, x or y: `hop`, as against `snow`. */
function endsShort(word: string): boolean {
  return shape(word).endsWith('cvc') && !/[wxy]$/.test(word);
}

function replaceSuffix(word: string, rules: readonly Rule[]): string {
  const rule = rules.find(([suffix]) => word.length > suffix.length && word.endsWith(suffix));
  if (rule === undefined) return word;
  const root = word.slice(0, -rule[0].length);
  return measure(root) > 0 ? root + rule[1] : word;
}

function withoutPlural(word: string): string {
  if (!word.endsWith('s') || word.endsWith('ss')) return word;
  const keepsOne = (word.endsWith('sses') && word.length > 4) || (word.endsWith('ies') && word.length > 3);
  return word.slice(0, keepsOne ? -2 : -1);
}

function withoutParticiple(word: string): string {
  if (word.endsWith('eed') && word.length > 3) return measure(word.slice(0, -3)) > 0 ? word.slice(0, -1) : word;
  const suffix = ['ed', 'ing'].find((ending) => word.endsWith(ending) && word.length > ending.length);
  if (suffix === undefined) return word;
  const root = word.slice(0, -suffix.length);
  if (!shape(root).includes('v')) return word;
  if (root.length > 2 && /(?:at|bl|iz)$/.test(root)) return `${root}e`;
  if (/([^aeioulsz])\1$/.test(root)) return root.slice(0, -1);
  return measure(root) === 1 && endsShort(root) ? `${root}e` : root;
}

function withoutDerivation(word: string): string {
  const suffix = STEP_4.find((ending) => word.length > ending.length && word.endsWith(ending));
  if (suffix === undefined) return word;
  const root = word.slice(0, -suffix.length);
  if (measure(root) <= 1) return word;
  return suffix === 'ion' && !/[st]$/.test(root) ? word : root;
}

function withoutFinal(word: string): string {
  let out = word;
  if (out.endsWith('e')) {
    const root = out.slice(0, -1);
    const m = measure(root);
    if (m > 1 || (m === 1 && !endsShort(root))) out = root;
  }
  return out.endsWith('ll') && measure(out.slice(0, -1)) > 1 ? out.slice(0, -1) : out;
}

/** The stem of a lower-case word. */
export function porter(word: string): string {
  const bytes = Buffer.byteLength(word);
  if (bytes < 3 || bytes > LONGEST) return word;
  let out = withoutParticiple(withoutPlural(word));
  if (out.endsWith('y') && /v/.test(shape(out.slice(0, -1)))) out = `${out.slice(0, -1)}i`;
  return withoutFinal(withoutDerivation(replaceSuffix(replaceSuffix(out, STEP_2), STEP_3)));
}
