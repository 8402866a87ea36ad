/** What of the web is read, by the type a server states, and how much of it. */

/** How a body is read. `code` keeps the name's own ending. */
export type BodyKind = 'html' | 'pdf' | 'docx' | 'markdown' | 'json' | 'csv' | 'code' | 'text';

const TYPES: Readonly<Record<string, BodyKind>> = {
  'text/html': 'html',
  'application/xhtml+xml': 'html',
  'application/pdf': 'pdf',
  'application/x-pdf': 'pdf',
  'application/vnd.openxmlformats-officedocument.wordprocessingml.document': 'docx',
  'text/markdown': 'markdown',
  'text/x-markdown': 'markdown',
  'text/csv': 'csv',
  'application/csv': 'csv',
  'text/tab-separated-values': 'csv',
  'application/json': 'json',
  'application/x-ndjson': 'json',
};

/** Types under which servers send anything that is text, so that the name says more. */
const PLAIN =
  /^(?:text\/(?!html|css$|javascript$)[\w.+-]+|application\/(?:[\w.-]+\+)?(?:xml|yaml|toml|x-yaml)|application\/x-sh)$/u;
const UNSTATED: ReadonlySet<string> = new Set([
  '',
  'application/octet-stream',
  'binary/octet-stream',
  'application/download',
]);

const BY_ENDING: readonly (readonly [RegExp, BodyKind])[] = [
  [/\.pdf$/iu, 'pdf'],
  [/\.docx$/iu, 'docx'],
  [/\.(?:md|markdown|mkd)$/iu, 'markdown'],
  [/\.(?:csv|tsv)$/iu, 'csv'],
  [/\.(?:json|jsonl|ndjson|geojson)$/iu, 'json'],
  [
    /\.(?:tsx?|jsx?|mjs|cjs|py|go|rs|c|h|cc|cpp|hpp|cs|java|kt|swift|php|rb|lua|r|jl|sh|sql|ya?ml|toml|ini|xml|proto)$/iu,
    'code',
  ],
];

export const MOST_DOCUMENT_BYTES = 10_000_000;
export const MOST_TEXT_BYTES = 2_000_000;

/** Media type without its parameters, lower case. */
export function mediaType(contentType: string | undefined): string {
  return (contentType ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

/** How a body of this type at this path is read; null where it is no text, or nothing is read from it. */
export function bodyKind(type: string, path: string): BodyKind | null {
  const stated = TYPES[type];
  if (stated !== undefined) return stated;
  if (/^application\/[\w.-]+\+json$/u.test(type)) return 'json';
  const named = BY_ENDING.find(([ending]) => ending.test(path))?.[1];
  if (PLAIN.test(type)) return named === 'pdf' || named === 'docx' ? 'text' : (named ?? 'text');
  if (!UNSTATED.has(type)) return null;
  return named ?? 'text';
}

/** The kind that the bytes themselves prove, where a server stated none. */
export function provenKind(kind: BodyKind, type: string, bytes: Uint8Array): BodyKind {
  if (!UNSTATED.has(type)) return kind;
  const start = new TextDecoder('latin1').decode(bytes.subarray(0, 512)).trimStart();
  if (start.startsWith('%PDF-')) return 'pdf';
  return /^(?:<!--.{0,200}-->\s*)?<(?:!doctype\s+html|html)\b/isu.test(start) ? 'html' : kind;
}

export function isDocument(kind: BodyKind): boolean {
  return kind === 'pdf' || kind === 'docx';
}
