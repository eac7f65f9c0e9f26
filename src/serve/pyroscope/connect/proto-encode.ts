// Messages to protocol buffers. What is zero is left out, lists of numbers are packed.
import { ProtoWriter } from '../../../formats/proto-writer.ts';
import type { Draft, Field, Fields, Message } from './message.ts';

export function encodeProto<Table extends Fields>(fields: Table, draft: Draft<Message<Table>>): Uint8Array {
  return draft instanceof Uint8Array
    ? draft
    : new Encoder().encode(fields, draft as Readonly<Record<string, unknown>>);
}

class Encoder {
  /** One per depth: a message is written before its length is known. */
  private readonly writers: ProtoWriter[] = [];
  private readonly packed = new ProtoWriter();

  encode(fields: Fields, draft: Readonly<Record<string, unknown>>): Buffer {
    return Buffer.from(this.message(fields, draft, 0));
  }

  /** Valid until the next message of this depth. */
  private message(fields: Fields, draft: Readonly<Record<string, unknown>>, depth: number): Uint8Array {
    const out = (this.writers[depth] ??= new ProtoWriter());
    out.reset();
    for (const [name, field] of Object.entries(fields)) {
      const value = draft[name];
      if (value === undefined) continue;
      if (!field.isRepeated) this.single(out, field, value, depth);
      else if (field.kind === 'int64') this.pack(out, field.number, value as readonly (number | bigint)[]);
      else for (const item of value as readonly unknown[]) this.item(out, field, item, depth);
    }
    return out.view();
  }

  private single(out: ProtoWriter, field: Field<unknown>, value: unknown, depth: number): void {
    const isZero = value === 0n || value === 0 || value === '' || value === false;
    if (!isZero && !(field.kind === 'bytes' && (value as Uint8Array).length === 0))
      this.item(out, field, value, depth);
  }

  private item(
    out: ProtoWriter,
    { kind, number, fields }: Field<unknown>,
    value: unknown,
    depth: number,
  ): void {
    if (kind === 'text') out.text(number, value as string);
    else if (kind === 'bytes') out.bytes(number, value as Uint8Array);
    else if (kind === 'message')
      out.bytes(
        number,
        value instanceof Uint8Array
          ? value
          : this.message(fields!, value as Readonly<Record<string, unknown>>, depth + 1),
      );
    else if (kind === 'double') {
      const bytes = Buffer.allocUnsafe(8);
      bytes.writeDoubleLE(value as number);
      out.varint(number * 8 + 1);
      out.raw(bytes);
    } else {
      out.varint(number * 8);
      writeNumber(out, typeof value === 'boolean' ? Number(value) : (value as number | bigint));
    }
  }

  private pack(out: ProtoWriter, number: number, values: readonly (number | bigint)[]): void {
    if (values.length === 0) return;
    this.packed.reset();
    for (const value of values) writeNumber(this.packed, value);
    out.bytes(number, this.packed.view());
  }
}

function writeNumber(out: ProtoWriter, value: number | bigint): void {
  if (typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) out.varint(value);
  else out.bigVarint(BigInt.asUintN(64, BigInt(value)));
}
