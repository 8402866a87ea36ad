/** Words of somebody else's server as they may stand in a fault: one short line, without the key that was sent to it. */

/** What keys look like, whoever they belong to: with the prefix of a vendor, behind `Bearer`, or in a query. */
const KEYS = [
  /\b(?:sk|xai|gsk|key|tvly|pplx|BSA|hf)[-_][\w*.-]{6,}/g,
  /\bAIza[\w*.-]{6,}/g,
  /(?<=\bBearer\s{1,9})[\w.~+/*=-]{8,}/gi,
  /(?<=\b(?:api_?key|token)=)[^\s&"']{6,}/gi,
];

/** @param most characters at most */
export function plainLine(message: string, key: string | null, most: number): string {
  let line = message;
  if (key !== null && key !== '') {
    for (const written of new Set([key, encodeURIComponent(key), JSON.stringify(key).slice(1, -1)])) {
      line = line.replaceAll(written, '[key]');
    }
  }
  for (const pattern of KEYS) line = line.replaceAll(pattern, '[key]');
  line = line.replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, ' ').trim();
  return line.length > most ? `${line.slice(0, most - 1)}…` : line;
}
