/**
 * Texts in and out of their stored form. Large ones go piece by piece: to encode, decode or hash fifty megabytes in one go
 * would keep the event loop, and with it every cancel and heartbeat, waiting for a tenth of a second.
 */

import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { buffer } from 'node:stream/consumers';
import { StringDecoder } from 'node:string_decoder';
import { brotliDecompressSync, constants, createBrotliCompress, createBrotliDecompress } from 'node:zlib';

/** Quality 4: as fast as gzip 6 and smaller, on the text this program stores. */
const QUALITY = { params: { [constants.BROTLI_PARAM_QUALITY]: 4 } };
/** Bytes, or UTF-16 units, of a piece: a millisecond of work. */
const PIECE = 1 << 18;
/**
 * Up to so many compressed bytes are unpacked on the spot: that takes less than handing them to another thread, and every
 * agent reads the texts it quotes.
 */
const AT_ONCE = 1 << 15;
/** What claims to be larger than any text we accept is damage, not data. */
const MAX_BYTES = 1 << 29;
/** On the spot, as much as does not hold anybody up. */
const MAX_AT_ONCE = { maxOutputLength: 1 << 22 };

export interface Unpacked {
  readonly text: string;
  /** Of the text's bytes, in hexadecimal. */
  readonly sha256: string;
}

/** The text in UTF-8, compressed. */
export function compressed(text: string): Promise<Buffer> {
  return buffer(Readable.from(encoded(text)).pipe(createBrotliCompress(QUALITY)));
}

function* encoded(text: string): Generator<Buffer> {
  for (let start = 0; start < text.length;) {
    let end = Math.min(start + PIECE, text.length);
    // Not between the halves of a surrogate pair: each by itself would be encoded as a replacement.
    if (end < text.length && (text.charCodeAt(end - 1) & 0xfc_00) === 0xd8_00) end += 1;
    yield Buffer.from(text.slice(start, end), 'utf8');
    start = end;
  }
}

/** What was compressed. Throws where the bytes are not what `compressed` makes. */
export async function decompressed(body: Buffer): Promise<Unpacked> {
  if (body.length <= AT_ONCE) {
    const small = onTheSpot(body);
    if (small !== null) return plain(small);
  }
  const hash = createHash('sha256');
  const decoder = new StringDecoder('utf8');
  const pieces: string[] = [];
  let bytes = 0;
  const stream = createBrotliDecompress({ chunkSize: PIECE });
  stream.end(body);
  for await (const piece of stream as AsyncIterable<Buffer>) {
    bytes += piece.length;
    if (bytes > MAX_BYTES) throw new RangeError(`it unpacks to more than ${MAX_BYTES} bytes`);
    hash.update(piece);
    pieces.push(decoder.write(piece));
  }
  return { text: pieces.join('') + decoder.end(), sha256: hash.digest('hex') };
}

export function plain(bytes: Buffer): Unpacked {
  return { text: bytes.toString('utf8'), sha256: createHash('sha256').update(bytes).digest('hex') };
}

/** Null where it unpacks to more than can be done at once: few bytes can hold many of the same. */
function onTheSpot(body: Buffer): Buffer | null {
  try {
    return brotliDecompressSync(body, MAX_AT_ONCE);
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_BUFFER_TOO_LARGE') return null;
    throw thrown;
  }
}
