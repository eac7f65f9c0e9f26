// Protocol buffers to messages. Unknown fields are passed over, as are known ones of another wire type.
import { isUtf8 } from 'node:buffer';
import { FieldError, FieldReader } from '../../../model/field-reader.ts';
import type { Field, Fields, Message } from './message.ts';
import { emptyMessage, MAX_MESSAGE_PARTS, MessageError, tooManyParts } from './message.ts';

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
const FIXED32 = 5;

/** Throws MessageError. Values of kind `bytes` are views of the buffer. */
export function decodeProto<Table extends Fields>(
  fields: Table,
  buffer: Uint8Array,
  maxParts: number = MAX_MESSAGE_PARTS,
): Message<Table> {
  const bytes = Buffer.from(buffer.buffer, buffer.byteOffset, buffer.length);
  try {
    const message = new Decoder(bytes, maxParts).message(fields, 0, bytes.length);
    return message as Message<Table>;
  } catch (error) {
    if (error instanceof FieldError) throw new MessageError(error.message, { cause: error });
    throw error;
  }
}

type Named = readonly [name: string, field: Field<unknown>];

const numbered = new WeakMap<Fields, ReadonlyMap<number, Named>>();

function byNumber(fields: Fields): ReadonlyMap<number, Named> {
  let map = numbered.get(fields);
  if (map === undefined) {
    map = new Map(Object.entries(fields).map((named) => [named[1].number, named]));
    numbered.set(fields, map);
  }
  return map;
}

class Decoder {
  private readonly buffer: Buffer;
  private readonly maxParts: number;
  private parts = 0;

  constructor(buffer: Buffer, maxParts: number) {
    this.buffer = buffer;
    this.maxParts = maxParts;
  }

  message(fields: Fields, start: number, end: number): Record<string, unknown> {
    const message = emptyMessage(fields);
    const known = byNumber(fields);
    const reader = new FieldReader();
    reader.reset(this.buffer, start, end);
    while (!reader.isAtEnd) {
      this.count();
      const key = reader.varint();
      const number = Math.floor(key / 8);
      if (number === 0) throw new MessageError('there is no field 0');
      const named = known.get(number);
      if (named === undefined) skip(reader, key % 8);
      else this.field(reader, key % 8, named, message);
    }
    return message;
  }

  private field(
    reader: FieldReader,
    type: number,
    [name, field]: Named,
    message: Record<string, unknown>,
  ): void {
    if (type === BYTES && field.isRepeated && wireTypeOf(field) !== BYTES) {
      const [start, end] = reader.range();
      const packed = new FieldReader();
      packed.reset(this.buffer, start, end);
      while (!packed.isAtEnd) {
        this.count();
        (message[name] as unknown[]).push(this.value(packed, field));
      }
    } else if (type !== wireTypeOf(field)) skip(reader, type);
    else if (field.isRepeated) (message[name] as unknown[]).push(this.value(reader, field));
    else message[name] = this.value(reader, field);
  }

  private value(reader: FieldReader, { kind, fields }: Field<unknown>): unknown {
    if (kind === 'int64') return BigInt.asIntN(64, reader.bigVarint());
    if (kind === 'bool') return reader.bigVarint() !== 0n;
    if (kind === 'enum') return Number(BigInt.asIntN(32, reader.bigVarint()));
    if (kind === 'double') {
      reader.skip(8);
      return this.buffer.readDoubleLE(reader.at - 8);
    }
    const [start, end] = reader.range();
    if (kind === 'message') return this.message(fields!, start, end);
    const bytes = this.buffer.subarray(start, end);
    if (kind === 'bytes') return bytes;
    if (!isUtf8(bytes)) throw new MessageError('a text is not valid UTF-8');
    return bytes.toString('utf8');
  }

  private count(): void {
    if (++this.parts > this.maxParts) throw tooManyParts(this.maxParts);
  }
}

function wireTypeOf({ kind }: Field<unknown>): number {
  if (kind === 'int64' || kind === 'bool' || kind === 'enum') return VARINT;
  return kind === 'double' ? FIXED64 : BYTES;
}

function skip(reader: FieldReader, type: number): void {
  if (type === VARINT) reader.bigVarint();
  else if (type === FIXED64) reader.skip(8);
  else if (type === BYTES) reader.range();
  else if (type === FIXED32) reader.skip(4);
  else throw new MessageError(`there is a field of wire type ${type}`);
}
