/** From the bytes of a text file to its characters. */

import { Buffer } from 'node:buffer';

/** Why bytes are no text, in words for the user. */
export interface NotText {
  readonly reason: string;
}

const NOT_TEXT: NotText = { reason: 'binary file: not text' };

/**
 * Decodes UTF-8, UTF-16 with a byte order mark, else Windows-1252 (which has a character for nearly every byte, so that
 * an old file is read rather than refused). The mark is removed and nothing else changes: offsets in the result are
 * offsets in the file. Bytes with NULs or many control characters are not text.
 */
export function decodeText(bytes: Uint8Array): string | NotText {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes.includes(0)) return NOT_TEXT;
  const utf8 = decodeUtf8(bytes);
  if (utf8 !== null) return looksBinary(utf8) ? NOT_TEXT : utf8;
  const text = new TextDecoder('windows-1252').decode(bytes);
  return looksBinary(text) ? NOT_TEXT : text;
}

function decodeUtf8(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return null;
    throw error;
  }
}

const SAMPLE = 65_536;
// eslint-disable-next-line no-control-regex -- control characters are what is counted
const CONTROLS = /[\u0001-\u0008\u000e-\u001a\u001c-\u001f\u007f]/gu;

/** One control character in fifty: compressed or compiled data that happens to hold no NUL. */
function looksBinary(text: string): boolean {
  const sample = text.slice(0, SAMPLE);
  return sample.length >= 16 && (sample.match(CONTROLS)?.length ?? 0) * 50 > sample.length;
}

/** Whether the bytes begin with these ASCII characters, within the first `within` bytes. */
export function holdsSignature(bytes: Uint8Array, signature: string, within: number): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, within)).includes(
    signature,
    0,
    'latin1',
  );
}
