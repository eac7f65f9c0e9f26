// Messages as tables: one line per field says its number, its name in JSON and its kind. All that encodes and decodes reads them.

export type Kind = 'text' | 'bytes' | 'int64' | 'double' | 'bool' | 'enum' | 'message';

export interface Field<Value> {
  readonly number: number;
  readonly kind: Kind;
  readonly isRepeated: boolean;
  /** Of kind `message`. */
  readonly fields: Fields | undefined;
  /** Of kind `enum`: what JSON may say instead of the number. */
  readonly names: readonly string[] | undefined;
  /** What it is in a message that leaves it out. */
  readonly zero: Value;
}

/** By name in JSON. */
export type Fields = Readonly<Record<string, Field<unknown>>>;

/** A decoded message: every field is there. int64 is a bigint, an enum its number. */
export type Message<Table extends Fields> = {
  readonly [Name in keyof Table]: Table[Name] extends Field<infer Value> ? Value : never;
};

/** What is to be encoded: fields may be left out, int64 may be a number, and a message may be its protocol buffer already. */
export type Draft<Value> = Value extends bigint
  ? bigint | number
  : Value extends Uint8Array
    ? Value
    : Value extends readonly (infer Item)[]
      ? readonly Draft<Item>[]
      : Value extends object
        ? { readonly [Name in keyof Value]?: Draft<Value[Name]> | undefined } | Uint8Array
        : Value;

const NO_BYTES: Uint8Array = Buffer.alloc(0);

function field<Value>(number: number, kind: Kind, zero: Value): Field<Value> {
  return { number, kind, zero, isRepeated: false, fields: undefined, names: undefined };
}

function repeated<Item>(one: Field<Item>): Field<readonly Item[]> {
  return { ...one, isRepeated: true, zero: [] };
}

export const text = (number: number): Field<string> => field(number, 'text', '');
export const texts = (number: number): Field<readonly string[]> => repeated(text(number));
export const bytes = (number: number): Field<Uint8Array> => field<Uint8Array>(number, 'bytes', NO_BYTES);
export const int64 = (number: number): Field<bigint> => field(number, 'int64', 0n);
export const int64s = (number: number): Field<readonly bigint[]> => repeated(int64(number));
export const double = (number: number): Field<number> => field(number, 'double', 0);
export const bool = (number: number): Field<boolean> => field(number, 'bool', false);

export function oneOf(number: number, names: readonly string[]): Field<number> {
  return { ...field(number, 'enum', 0), names };
}

export function one<Table extends Fields>(number: number, fields: Table): Field<Message<Table> | undefined> {
  return { ...field<Message<Table> | undefined>(number, 'message', undefined), fields };
}

export function many<Table extends Fields>(number: number, fields: Table): Field<readonly Message<Table>[]> {
  return { ...one(number, fields), isRepeated: true, zero: [] };
}

/** A message with nothing in it. Its lists are its own, so that a decoder may fill them. */
export function emptyMessage(fields: Fields): Record<string, unknown> {
  return Object.fromEntries(
    Object.entries(fields).map(([name, { isRepeated, zero }]) => [name, isRepeated ? [] : zero]),
  );
}

/** The bytes are no such message; the text is the end of a sentence. */
export class MessageError extends Error {}

/** The message has more parts than a server should hold. */
export class MessageTooLarge extends MessageError {}

/** Fields and items of one message: two bytes of it may become an object of a hundred. */
export const MAX_MESSAGE_PARTS = 1_048_576;

export function tooManyParts(bound: number): MessageTooLarge {
  return new MessageTooLarge(`it has more than ${bound} parts`);
}
