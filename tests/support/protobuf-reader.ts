/** Reads Protocol Buffers without knowing the messages: fields by number, as the collector and a test of the encoder need them. */

import { Buffer } from 'node:buffer';

export type Read = ReadonlyMap<number, readonly (bigint | Buffer)[]>;

/** Fields of a message, each with its values in order: numbers as they lie there, everything else as bytes. */
export function fieldsOf(bytes: Buffer): Read {
  const fields = new Map<number, (bigint | Buffer)[]>();
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = bytes.readUInt8(at);
      at += 1;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  const next = (wire: number): bigint | Buffer => {
    if (wire === 0) return varint();
    const length = wire === 1 ? 8 : wire === 5 ? 4 : Number(varint());
    if (wire === 3 || wire === 4 || at + length > bytes.length) throw new Error(`wire type ${wire} at ${at}`);
    at += length;
    const piece = bytes.subarray(at - length, at);
    if (wire === 2) return piece;
    return length === 8 ? piece.readBigUInt64LE() : BigInt(piece.readUInt32LE());
  };
  while (at < bytes.length) {
    const tag = Number(varint());
    const values = fields.get(tag >> 3) ?? [];
    values.push(next(tag & 7));
    fields.set(tag >> 3, values);
  }
  return fields;
}

export function number(fields: Read, field: number): bigint {
  const value = fields.get(field)?.[0] ?? 0n;
  if (typeof value !== 'bigint') throw new Error(`field ${field} is no number`);
  return value;
}

export function bytesOf(fields: Read, field: number): Buffer {
  return all(fields, field)[0] ?? Buffer.alloc(0);
}

export function textOf(fields: Read, field: number): string {
  return bytesOf(fields, field).toString();
}

/** Every value of a repeated field. */
export function all(fields: Read, field: number): readonly Buffer[] {
  return (fields.get(field) ?? []).map((value) => {
    if (typeof value === 'bigint') throw new Error(`field ${field} is a number`);
    return value;
  });
}
