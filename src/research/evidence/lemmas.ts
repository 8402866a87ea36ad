/** Words as evidence is compared by: stems, with the irregular forms of English under the stem of their verb or noun. */

import { type Word, words } from '../../core/words.ts';

const IRREGULAR: ReadonlyMap<string, string> = new Map(
  `rise rose risen|fall fell fallen|grow grew grown|sell sold|buy bought|bring brought|think thought|teach taught|
    catch caught|seek sought|fight fought|find found|hold held|lead led|lose lost|win won|build built|send sent|spend spent|
    lend lent|keep kept|sleep slept|leave left|feel felt|meet met|pay paid|stand stood|tell told|write wrote written|
    drive drove driven|ride rode ridden|choose chose chosen|speak spoke spoken|break broke broken|steal stole stolen|
    freeze froze frozen|wear wore worn|bear bore borne|tear tore torn|know knew known|throw threw thrown|fly flew flown|
    draw drew drawn|begin began begun|sink sank sunk|drink drank drunk|sing sang sung|swim swam swum|run ran|eat ate eaten|
    hide hid hidden|fight fought|shoot shot|sit sat|strike struck|hang hung|dig dug|bind bound|wind wound|feed fed|
    flee fled|breed bred|shrink shrank shrunk|die death dead|man men|woman women|child children|foot feet|tooth teeth|
    mouse mice|person people|life lives|leaf leaves|half halves|mathematics maths math|analysis analyses`
    .split('|')
    .flatMap((line) => {
      const [base = '', ...forms] = line.trim().split(' ').map(stemOf);
      return forms.map((form) => [form, base] as const);
    }),
);

function stemOf(word: string): string {
  return words(word)[0]?.stem ?? word;
}

export function lemmas(text: string): readonly Word[] {
  return words(text).map((word) => ({ ...word, stem: IRREGULAR.get(word.stem) ?? word.stem }));
}

/** Without function words. */
export function contentLemmas(text: string): readonly Word[] {
  return lemmas(text).filter(({ stop }) => !stop);
}
