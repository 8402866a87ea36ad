/** From the bytes of a page to what a reader of it sees. */

/** Where a page names its encoding, browsers look no further. */
const HEAD_BYTES = 1024;

/**
 * Decodes by the byte order mark, else by what the server said, else by what the page says of itself, else as UTF-8 where it
 * is, and Windows-1252 where it is not. Never fails: what is no character becomes U+FFFD.
 */
export function decode(bytes: Uint8Array, contentType: string): string {
  const label = marked(bytes) ?? charsetIn(contentType) ?? charsetIn(new TextDecoder('latin1').decode(head(bytes)));
  const decoder = label === null ? null : decoderOf(label);
  if (decoder !== null) return decoder.decode(bytes);
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(withoutTornEnd(bytes));
  } catch (error) {
    if (error instanceof TypeError) return new TextDecoder('windows-1252').decode(bytes);
    throw error;
  }
}

/** Whether the bytes hold what no text has: a NUL outside of UTF-16. */
export function isBinary(bytes: Uint8Array): boolean {
  return !(marked(bytes)?.startsWith('utf-16') ?? false) && bytes.includes(0);
}

function head(bytes: Uint8Array): Uint8Array {
  return bytes.subarray(0, HEAD_BYTES);
}

function marked([first, second, third]: Uint8Array): string | null {
  if (first === 0xef && second === 0xbb && third === 0xbf) return 'utf-8';
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : null;
}

function charsetIn(text: string): string | null {
  return /charset\s*=\s*["']?\s*([\w.:-]{2,40})/iu.exec(text)?.[1]?.toLowerCase() ?? null;
}

function decoderOf(label: string): InstanceType<typeof TextDecoder> | null {
  try {
    return new TextDecoder(label);
  } catch (error) {
    // A label that no standard knows says nothing.
    if (error instanceof RangeError) return null;
    throw error;
  }
}

/** A page that was cut off may end within a character, which does not make it another encoding. */
function withoutTornEnd(bytes: Uint8Array): Uint8Array {
  for (let back = 1; back <= 3 && back <= bytes.length; back += 1) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte >= 0xc2 && byte <= 0xf4)
      return bytes.subarray(0, bytes.length - back + (lengthOf(byte) <= back ? back : 0));
    if (byte < 0x80) break;
  }
  return bytes;
}

function lengthOf(lead: number): number {
  if (lead >= 0xf0) return 4;
  return lead >= 0xe0 ? 3 : 2;
}

/**
 * Characters that show nothing: controls, zero-width spaces, direction overrides, tags that spell ASCII unseen, private
 * variation selectors. A model reads them and a person does not, so nothing that matters may stand in them.
 */
const UNSEEN =
  // eslint-disable-next-line no-control-regex, no-misleading-character-class -- control characters are what is taken out
  /[\u0000-\u0008\u000b\u000e-\u001f\u007f-\u009f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{1bca0}-\u{1bca3}\u{e0000}-\u{e0fff}]/gu;

/** Joiners are spelling in some scripts and in emoji: one between two characters that it can join stays. */
const STRAY_JOINERS =
  /(?<![\p{L}\p{M}\p{Extended_Pictographic}\ufe0f])[\u200c\u200d]+|[\u200c\u200d]+(?![\p{L}\p{M}\p{Extended_Pictographic}])|[\u200c\u200d](?=[\u200c\u200d])/gu;

/** The text without what no reader sees. */
export function seen(text: string): string {
  return text.replaceAll(UNSEEN, '').replaceAll(STRAY_JOINERS, '');
}
