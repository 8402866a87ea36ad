/**
 * As much of the Protocol Buffers wire format as spans take. Everything is written into one buffer that grows: some hundred spans
 * are encoded at a time, on the event loop that serves everybody.
 */

import { Buffer } from 'node:buffer';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;
/** Seven bits of a number fit into each byte; the eighth says that more follow. */
const BASE = 128;
const LONGEST_VARINT = 10;

export class ProtobufWriter {
  #bytes = Buffer.allocUnsafe(16_384);
  #length = 0;

  get written(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  /** A message within this one: `fill` writes its fields. */
  message(field: number, fill: () => void): void {
    this.#tag(field, BYTES);
    const start = this.#length;
    fill();
    this.#prefix(start, this.#length - start);
  }

  text(field: number, value: string): void {
    this.#tag(field, BYTES);
    const length = Buffer.byteLength(value);
    this.#base128(length);
    this.#reserve(length);
    this.#length += this.#bytes.write(value, this.#length);
  }

  /** Bytes that are given in hexadecimal digits. */
  hex(field: number, digits: string): void {
    this.#tag(field, BYTES);
    const length = digits.length / 2;
    this.#base128(length);
    this.#reserve(length);
    this.#length += this.#bytes.write(digits, this.#length, 'hex');
  }

  /** A whole number; a negative one takes ten bytes, as 64 bits of two's complement. */
  varint(field: number, value: number): void {
    this.#tag(field, VARINT);
    if (value >= 0) this.#base128(value);
    else this.#base128Of64(BigInt.asUintN(64, BigInt(value)));
  }

  double(field: number, value: number): void {
    this.#tag(field, FIXED64);
    this.#reserve(8);
    this.#length = this.#bytes.writeDoubleLE(value, this.#length);
  }

  fixed64(field: number, value: bigint): void {
    this.#tag(field, FIXED64);
    this.#reserve(8);
    this.#length = this.#bytes.writeBigUInt64LE(value, this.#length);
  }

  fixed32(field: number, value: number): void {
    this.#tag(field, FIXED32);
    this.#reserve(4);
    this.#length = this.#bytes.writeUInt32LE(value, this.#length);
  }

  #tag(field: number, wire: number): void {
    this.#base128(field * 8 + wire);
  }

  /** Division, not shifts: a number here may have more than 32 bits. */
  #base128(value: number): void {
    this.#reserve(LONGEST_VARINT);
    let rest = value;
    while (rest >= BASE) {
      this.#bytes[this.#length] = (rest % BASE) + BASE;
      this.#length += 1;
      rest = Math.floor(rest / BASE);
    }
    this.#bytes[this.#length] = rest;
    this.#length += 1;
  }

  #base128Of64(value: bigint): void {
    this.#reserve(LONGEST_VARINT);
    let rest = value;
    while (rest > 127n) {
      this.#length = this.#bytes.writeUInt8(Number(rest & 127n) + BASE, this.#length);
      rest >>= 7n;
    }
    this.#length = this.#bytes.writeUInt8(Number(rest), this.#length);
  }

  /** Puts the length of what was written since `start` before it. */
  #prefix(start: number, length: number): void {
    this.#base128(length);
    const end = start + length;
    const prefix = Uint8Array.prototype.slice.call(this.#bytes, end, this.#length);
    this.#bytes.copyWithin(start + prefix.length, start, end);
    this.#bytes.set(prefix, start);
  }

  #reserve(bytes: number): void {
    if (this.#length + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#bytes.length * 2, this.#length + bytes));
    this.#bytes.copy(larger, 0, 0, this.#length);
    this.#bytes = larger;
  }
}
