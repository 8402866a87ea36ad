/** As much of the Protocol Buffers wire format as spans take: fields are written in the order they are given. */

import { Buffer } from 'node:buffer';

/** A field with its tag, ready to stand in a message. */
export type Field = Uint8Array;

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

export function message(fields: readonly Field[]): Uint8Array {
  return Buffer.concat(fields);
}

export function bytes(number: number, value: Uint8Array): Field {
  return Buffer.concat([tag(number, BYTES), base128(BigInt(value.length)), value]);
}

export function text(number: number, value: string): Field {
  return bytes(number, Buffer.from(value));
}

/** A whole number; a negative one takes ten bytes, as 64 bits of two's complement. */
export function varint(number: number, value: number): Field {
  return Buffer.concat([tag(number, VARINT), base128(BigInt.asUintN(64, BigInt(value)))]);
}

export function bool(number: number, value: boolean): Field {
  return varint(number, value ? 1 : 0);
}

export function double(number: number, value: number): Field {
  const eight = Buffer.alloc(8);
  eight.writeDoubleLE(value);
  return Buffer.concat([tag(number, FIXED64), eight]);
}

export function fixed64(number: number, value: bigint): Field {
  const eight = Buffer.alloc(8);
  eight.writeBigUInt64LE(value);
  return Buffer.concat([tag(number, FIXED64), eight]);
}

export function fixed32(number: number, value: number): Field {
  const four = Buffer.alloc(4);
  four.writeUInt32LE(value);
  return Buffer.concat([tag(number, FIXED32), four]);
}

function tag(number: number, wire: number): Uint8Array {
  return base128(BigInt((number << 3) | wire));
}

/** Seven bits a byte, the lowest first; the eighth says that more follow. */
function base128(value: bigint): Uint8Array {
  const digits: number[] = [];
  let rest = value;
  while (rest > 127n) {
    digits.push(Number(rest & 127n) | 128);
    rest >>= 7n;
  }
  return Uint8Array.from([...digits, Number(rest)]);
}
