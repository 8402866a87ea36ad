/**
 * English function words: articles, pronouns, prepositions, auxiliaries, conjunctions and the words a question is
 * asked with. They stand in nearly every passage, so a match on one says nothing about what a passage is about.
 * Words of time, number and negation that can carry an answer (`first`, `never`, `without`, `before`) are not here.
 */
const FUNCTION_WORDS: ReadonlySet<string> = new Set(
  `a about above across after again against all almost also although always am among an and another any anyone anything
  are aren around as at away back be became because become becomes been being below between both but by came can cannot
  could couldn did didn do does doesn doing don done down during each either else enough etc even ever every everyone
  everything for from further get gets getting give given gives go goes going gone got had hadn has hasn have haven
  having he hence her here hers herself him himself his how however i if in instead into is isn it its itself just keep
  let lets like ll made make makes many may me might mine more most much must my myself near neither no nor not now of
  off often on once one only onto or other others otherwise our ours ourselves out over own per perhaps quite rather re
  really said same say says see seem seems several shall she should shouldn since so some someone something such than
  that the their theirs them themselves then there therefore these they thing things this those though through thus to
  together too toward towards under until up upon us use used uses using ve very via was wasn we well went were weren
  what whatever when where whereas whether which while who whoever whole whom whose why will with within won would
  wouldn yet you your yours yourself yourselves`.split(/\s+/),
);

/**
 * Words by which a task asks for something rather than says what about: `compare`, `explain`, `overview`. They are
 * ordinary words in a text, so only a query drops them.
 */
const REQUEST_WORDS: ReadonlySet<string> = new Set(
  `analyse analyze answer assess compare compared comparing comparison contrast define describe description detail
  detailed details difference differences different discuss evaluate explain explained explore find identify
  information investigate know list main mean means overview please provide question report research review show
  summarise summarize summary survey tell understand versus vs want`.split(/\s+/),
);

/** Whether a lower-case word without diacritics is an English function word. */
export function isStopword(word: string): boolean {
  return FUNCTION_WORDS.has(word);
}

/** Whether a lower-case word only words the request (`compare`, `summary`); to be ignored in a query that has other words. */
export function isRequestWord(word: string): boolean {
  return REQUEST_WORDS.has(word);
}
