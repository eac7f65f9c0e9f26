// Messages as JSON, after the rules of protocol buffers: int64 goes out as text and comes in as text or number, unknown names are
// passed over, null is nothing.
import type { Draft, Field, Fields, Message } from './message.ts';
import { emptyMessage, MAX_MESSAGE_PARTS, MessageError, tooManyParts } from './message.ts';
import { decodeProto } from './proto-decode.ts';

const OPEN_BRACE = 123;
const OPEN_BRACKET = 91;
const COMMA = 44;
const INTEGER = /^-?\d{1,19}$/;
const BASE64 = /^[A-Za-z0-9+/_-]*={0,2}$/;

/** Throws MessageError. */
export function decodeJson<Table extends Fields>(
  fields: Table,
  body: Uint8Array,
  maxParts: number = MAX_MESSAGE_PARTS,
): Message<Table> {
  // Before it is parsed: three bytes of JSON become a hundred of memory.
  if (countParts(body) > maxParts) throw tooManyParts(maxParts);
  let value: unknown;
  try {
    value = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(body));
  } catch (error) {
    throw new MessageError('it is no JSON', { cause: error });
  }
  return readMessage(fields, value, 'the message') as Message<Table>;
}

/** The text of a message; a part that is a protocol buffer already is decoded for it, `maxParts` of it at most. */
export function encodeJson<Table extends Fields>(
  fields: Table,
  draft: Draft<Message<Table>>,
  maxParts: number = MAX_MESSAGE_PARTS,
): string {
  return JSON.stringify(toJson(fields, draft, maxParts));
}

function countParts(body: Uint8Array): number {
  let parts = 0;
  for (let i = 0; i < body.length; i++) {
    const byte = body[i];
    if (byte === OPEN_BRACE || byte === OPEN_BRACKET || byte === COMMA) parts += 1;
  }
  return parts;
}

function readMessage(fields: Fields, value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new MessageError(`${what} is no object`);
  const message = emptyMessage(fields);
  for (const [name, field] of Object.entries(fields)) {
    const found = ownOf(value, name) ?? ownOf(value, snakeCase(name));
    if (found === undefined || found === null) continue;
    if (!field.isRepeated) message[name] = readValue(field, found, name);
    else if (Array.isArray(found)) message[name] = found.map((item) => readValue(field, item, name));
    else throw new MessageError(`${name} is no list`);
  }
  return message;
}

function ownOf(value: object, name: string): unknown {
  return Object.hasOwn(value, name) ? (value as Readonly<Record<string, unknown>>)[name] : undefined;
}

/** The name in the .proto file, which JSON may use, too: `maxNodes` is max_nodes, `profileTypeID` is profile_typeID. */
function snakeCase(name: string): string {
  return name.replace(/[a-z][A-Z](?=[a-z])/g, (pair) => `${pair[0]!}_${pair[1]!.toLowerCase()}`);
}

function readValue(field: Field<unknown>, value: unknown, name: string): unknown {
  const { kind } = field;
  if (kind === 'message') return readMessage(field.fields!, value, name);
  if (kind === 'int64') return readInteger(value, name);
  if (kind === 'double') return readDouble(value, name);
  if (kind === 'enum') return readEnum(field, value, name);
  if (kind === 'bool') {
    if (typeof value !== 'boolean') throw new MessageError(`${name} is neither true nor false`);
    return value;
  }
  if (typeof value !== 'string') throw new MessageError(`${name} is no text`);
  if (kind === 'text') return value.toWellFormed();
  if (!BASE64.test(value)) throw new MessageError(`${name} is no base64`);
  return Buffer.from(value, 'base64');
}

function readInteger(value: unknown, name: string): bigint {
  if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
  if (typeof value === 'string' && INTEGER.test(value)) {
    const integer = BigInt(value);
    if (integer === BigInt.asIntN(64, integer)) return integer;
  }
  throw new MessageError(`${name} is no integer of 64 bits`);
}

function readDouble(value: unknown, name: string): number {
  const number = typeof value === 'string' && value.trim() !== '' ? Number(value) : value;
  if (typeof number !== 'number' || !Number.isFinite(number)) throw new MessageError(`${name} is no number`);
  return number;
}

function readEnum({ names = [] }: Field<unknown>, value: unknown, name: string): number {
  if (typeof value === 'number' && Number.isInteger(value)) return value;
  const number = typeof value === 'string' ? names.indexOf(value) : -1;
  if (number < 0) throw new MessageError(`${name} is none of ${names.join(', ')}`);
  return number;
}

function toJson(fields: Fields, draft: unknown, maxParts: number): Record<string, unknown> {
  const message = (draft instanceof Uint8Array ? decodeProto(fields, draft, maxParts) : draft) as Readonly<
    Record<string, unknown>
  >;
  const json: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    const value = message[name];
    if (value === undefined) continue;
    if (field.isRepeated) {
      const items = value as readonly unknown[];
      if (items.length > 0) json[name] = items.map((item) => toValue(field, item, maxParts));
    } else if (!isZero(value)) json[name] = toValue(field, value, maxParts);
  }
  return json;
}

function isZero(value: unknown): boolean {
  if (value instanceof Uint8Array) return value.length === 0;
  return value === 0n || value === 0 || value === '' || value === false;
}

function toValue({ kind, fields }: Field<unknown>, value: unknown, maxParts: number): unknown {
  if (kind === 'message') return toJson(fields!, value, maxParts);
  if (kind === 'int64') return String(value);
  if (kind === 'bytes') return Buffer.from(value as Uint8Array).toString('base64');
  return value;
}
