/** Which kind of material a document is, by signs in its form and wording. */

import { type Domain, READS, type SourceFormat } from '../../../core/source.ts';

export interface DomainSigns {
  readonly format: SourceFormat;
  /** The document's text, or its beginning and end. */
  readonly text: string;
  readonly location: string;
}

interface Sign {
  readonly domain: Domain;
  readonly pattern: RegExp;
  readonly weight: number;
  /** How often a global pattern must occur; once when absent. */
  readonly times?: number;
}

/**
 * Each sign counts once, however often it occurs. The first domain to gather enough, and most, wins. No pattern spans the
 * text: that would cost the square of its length.
 */
const SIGNS: readonly Sign[] = [
  { domain: 'academic', pattern: /^\s*(?:#+\s*)?abstract\b/imu, weight: 2 },
  { domain: 'academic', pattern: /^\s*(?:#+\s*)?(?:\d+\.?\s+)?(?:references|bibliography)\s*:?\s*$/imu, weight: 2 },
  { domain: 'academic', pattern: /\bdoi(?:\.org\/|:\s?)10\.\d{4}/iu, weight: 2 },
  { domain: 'academic', pattern: /\barxiv[:.]/iu, weight: 2 },
  { domain: 'academic', pattern: /\bet al\b/u, weight: 1 },
  { domain: 'academic', pattern: /\[\d{1,3}(?:[,–-]\s?\d{1,3})*\]/gu, times: 3, weight: 1 },
  {
    domain: 'academic',
    pattern: /\b(?:we (?:propose|show that|evaluate|present)|related work|in this paper|theorem \d)\b/iu,
    weight: 1,
  },
  {
    domain: 'news',
    pattern: /^(?:#.*\n|\s)*\p{Lu}[\p{Lu}\s.]{2,30}(?:,\s[\p{L} .]{2,20})?\s(?:\([\p{L} ]+\)\s)?[—–-]{1,2}\s\p{Lu}/u,
    weight: 2,
  },
  { domain: 'news', pattern: /\b(?:press release|for immediate release|news agency|breaking news)\b/iu, weight: 2 },
  { domain: 'news', pattern: /^\s*by \p{Lu}\p{L}+ \p{Lu}\p{L}+\s*$/mu, weight: 1 },
  {
    domain: 'news',
    pattern: /\b(?:spokes(?:man|woman|person)|told reporters|said in a statement|according to officials)\b/iu,
    weight: 1,
  },
  {
    domain: 'news',
    pattern: /\b(?:said|announced|reported) (?:on|late) (?:mon|tues|wednes|thurs|fri|satur|sun)day\b/iu,
    weight: 1,
  },
  { domain: 'technical', pattern: /^\s*(?:```|~~~)/mu, weight: 2 },
  { domain: 'technical', pattern: /\b(?:changelog|release notes|breaking changes?)\b/iu, weight: 2 },
  {
    domain: 'technical',
    pattern: /\b(?:API|CLI|SDK|HTTP|JSON|SQL|CPU|kernel|compiler|file system|filesystem|fsync|syscall)\b/u,
    weight: 1,
  },
  {
    domain: 'technical',
    pattern: /\b(?:config(?:uration)?|database|server|install(?:ation)?|parameters?|runtime|latency|throughput)\b/iu,
    weight: 1,
  },
  { domain: 'technical', pattern: /(?:^|\s)(?:\$ \w|npm |git |sudo |pip |SELECT |PRAGMA |--[a-z]{3,})/mu, weight: 1 },
  { domain: 'technical', pattern: /`[^`\n]+`|\b\w+\(\)/u, weight: 1 },
  { domain: 'product', pattern: /(?:[$€£]\s?\d[\d.,]*|\b\d[\d.,]*\s?(?:USD|EUR|GBP)\b)/u, weight: 1 },
  {
    domain: 'product',
    pattern: /\b(?:add to cart|buy now|in stock|free shipping|warranty|customer reviews?|out of 5 stars|msrp)\b/iu,
    weight: 2,
  },
  {
    domain: 'product',
    pattern: /\b(?:pros and cons|verdict|specifications?|prices?|ratings?|battery life|dimensions|warranty)\b/giu,
    times: 2,
    weight: 1,
  },
  { domain: 'social', pattern: /(?<!\S)@\w{3,20}\b/gu, times: 2, weight: 1 },
  {
    domain: 'social',
    pattern:
      /\b(?:retweet(?:ed)?|upvotes?|downvotes?|subreddit|replied to|likes?\s*[:·]\s*\d+|\d+ (?:likes|replies|comments|points))\b/iu,
    weight: 2,
  },
  { domain: 'social', pattern: /(?<!\S)#\p{L}[\p{L}\p{N}_]{3,}\b/gu, times: 2, weight: 1 },
  { domain: 'social', pattern: /^(?:posted by|thread|re:|in reply to)\b/imu, weight: 1 },
  {
    domain: 'video',
    pattern: /^\d{1,2}:\d{2}(?::\d{2})?(?:[.,]\d{3})?[ \t]+(?:-->|\S)/gmu,
    times: 3,
    weight: 3,
  },
  { domain: 'video', pattern: /\b(?:video transcript|transcript of the (?:video|talk)|WEBVTT)\b/iu, weight: 3 },
  { domain: 'image', pattern: /\b(?:photo gallery|image gallery|figure captions|photographs? by)\b/iu, weight: 3 },
];

/** Words of the trade: one says little, many different ones say that the text is about computing. */
const TRADE =
  /\b(?:algorithms?|api|buffers?|bytes?|cache|checkpoints?|checksums?|client|code|command line|commits?|compiler|concurrency|configuration|crash|data structures?|databases?|debug|deploy(?:ment)?|disk|encryption|function|index(?:es)?|kernel|latency|library|locks?|logs?|memory|network|operating system|parser|process|programs?|protocol|queries|query|repository|runtime|schema|scheduler|servers?|software|sql|storage|synchronous|threads?|throughput|transactions?|write-ahead)\b/giu;

function tradeWords(sample: string): number {
  return new Set(sample.match(TRADE)?.map((word) => word.toLowerCase().replace(/s$/u, ''))).size;
}

function occurs(sample: string, pattern: RegExp, times: number | undefined): boolean {
  return times === undefined ? pattern.test(sample) : (sample.match(pattern)?.length ?? 0) >= times;
}

/** Points a domain needs: fewer, and one stray word would decide. */
const ENOUGH = 3;
const SAMPLE = 16_000;

/** Runs of blank lines are one: signs look for the beginnings of lines past white space, which would cost the square of a run. */
export function sampleOf(text: string): string {
  const ends = text.length <= 2 * SAMPLE ? text : `${text.slice(0, SAMPLE)}\n${text.slice(-SAMPLE)}`;
  return ends.replaceAll(/[\n\r\u2028\u2029]\s+[\n\r\u2028\u2029]/gu, '\n\n');
}

/** The document's domain; `general` when the signs are few. Pure: reads only what it is given. */
export function domainOf(signs: DomainSigns): Domain {
  if (READS[signs.format] === 'code') return 'technical';
  const sample = sampleOf(signs.text);
  const points = new Map<Domain, number>();
  for (const { domain, pattern, weight, times } of SIGNS) {
    if (occurs(sample, pattern, times)) points.set(domain, (points.get(domain) ?? 0) + weight);
  }
  if (/(?:^|[/_-])(?:changelog|readme|install|api|runbook)\b/iu.test(signs.location)) {
    points.set('technical', (points.get('technical') ?? 0) + 2);
  }
  const trade = tradeWords(sample);
  if (trade >= 5) points.set('technical', (points.get('technical') ?? 0) + (trade >= 10 ? 3 : 2));
  let best: Domain = 'general';
  let most = ENOUGH - 1;
  for (const [domain, sum] of points) if (sum > most) [best, most] = [domain, sum];
  return best;
}
