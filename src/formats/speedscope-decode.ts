// speedscope's files to a profile, ours and foreign ones: sampled and evented profiles, all of a file added up.
// Format: https://www.speedscope.app/file-format-schema.json. Nothing in a file makes it throw anything but a sentence.
import { SpybridgeError } from '../model/errors.ts';
import type { Profile } from '../model/profile.ts';
import { StackTables } from '../model/stack-tables.ts';
import { cleanText } from '../model/text.ts';
import { CallTree, TooLarge } from './call-tree.ts';
import type { Fields } from './speedscope-profiles.ts';
import { fieldsOf, listOf, readProfile, Refusal } from './speedscope-profiles.ts';
import { Weights } from './speedscope-weights.ts';
import type { SpeedscopeUnit } from './speedscope.ts';

export const MAX_SPEEDSCOPE_BYTES = 134_217_728;
/** Objects and lists: three bytes of JSON become a hundred of memory, so they are counted before it is parsed. */
export const MAX_SPEEDSCOPE_PARTS = 8_388_608;
/** Of an upload: others wait while it is parsed. */
export const MAX_UPLOADED_PARTS = 1_048_576;
export const MAX_SPEEDSCOPE_FRAMES = 1_048_576;

/** What a sample stands for where the file counts things and tells no time, as with pprof. */
const COUNT_PERIOD_NANOS = 10_000_000;
const OPEN_BRACE = 123;
const OPEN_BRACKET = 91;
const MAX_LINE = 2_147_483_647;

/** Throws SpybridgeError('bad_input'). Weights become counts of the sampler's period where they show one, else nanoseconds. */
export function decodeSpeedscope(bytes: Uint8Array, maxBytes: number = MAX_SPEEDSCOPE_BYTES): Profile {
  return readSpeedscope(bytes, { bytes: maxBytes, parts: MAX_SPEEDSCOPE_PARTS }).profile;
}

export interface SpeedscopeFile {
  readonly profile: Profile;
  /** What its weights are: any times are nanoseconds. */
  readonly unit: SpeedscopeUnit;
  /** That it is the sum of. */
  readonly profiles: number;
}

interface SpeedscopeBounds {
  readonly bytes: number;
  readonly parts: number;
}

/** The same, with what its weights are. Throws SpybridgeError('bad_input'). */
export function readSpeedscope(bytes: Uint8Array, bounds: SpeedscopeBounds): SpeedscopeFile {
  if (bytes.length > bounds.bytes) throw refused(`it has more than ${bounds.bytes} bytes`);
  if (countParts(bytes) > bounds.parts) throw refused(`it has more than ${bounds.parts} objects and lists`);
  let file: unknown;
  try {
    file = JSON.parse(new TextDecoder().decode(bytes));
  } catch (error) {
    throw refused('it is no JSON', error);
  }
  try {
    return toFile(fieldsOf(file, 'its JSON'));
  } catch (error) {
    if (error instanceof Refusal || error instanceof TooLarge) throw refused(error.message, error);
    throw error;
  }
}

/** Braces and brackets that open; those in names are counted, too, and don't matter. */
function countParts(bytes: Uint8Array): number {
  let parts = 0;
  for (let i = 0; i < bytes.length; i++) if (bytes[i] === OPEN_BRACE || bytes[i] === OPEN_BRACKET) parts += 1;
  return parts;
}

function refused(reason: string, cause?: unknown): SpybridgeError {
  return new SpybridgeError('bad_input', `This is not a usable speedscope file: ${reason}.`, {
    hint: 'Give a file as https://www.speedscope.app/file-format-schema.json describes it.',
    cause,
  });
}

function toFile(file: Fields): SpeedscopeFile {
  const tables = new StackTables();
  const frames = readFrames(fieldsOf(file['shared'], 'its "shared"')['frames'], tables);
  const profiles = listOf(file['profiles'], 'its "profiles"').map((item) => fieldsOf(item, 'a profile'));
  const weights = new Weights(profiles.map((profile) => profile['unit']));
  const tree = new CallTree();
  for (const profile of profiles) {
    const weigh = weights.weigherOf(profile['unit']);
    readProfile(profile, { tree, frames, weigh });
  }
  const own = readOwnFacts(file['spybridge']);
  const period = weights.isTime ? (own.periodNanos ?? weights.findPeriod()) : 1;
  const rows = tree.toRows(tables, (weight) => Math.max(1, Math.round(weight / period)));
  const profile: Profile = {
    type: own.type,
    periodNanos: weights.isTime ? period : COUNT_PERIOD_NANOS,
    // The format knows no time of day.
    timeNanos: 0n,
    durationNanos: 0n,
    tables,
    labelSets: [[]],
    rows,
  };
  return { profile, unit: weights.unit, profiles: profiles.length };
}

/** What our own files tell besides the format, so that they come back as they went. */
function readOwnFacts(value: unknown): Pick<Profile, 'type'> & { readonly periodNanos: number | undefined } {
  const facts = typeof value === 'object' && value !== null ? (value as Fields) : {};
  const period = facts['periodNanos'];
  const isPeriod = typeof period === 'number' && Number.isSafeInteger(period) && period > 0;
  return { type: facts['type'] === 'cpu' ? 'cpu' : 'wall', periodNanos: isPeriod ? period : undefined };
}

/** Frame id of each place in the file's list: places with equal frames share one. */
function readFrames(list: unknown, tables: StackTables): Uint32Array {
  const places = listOf(list, 'its list of frames');
  if (places.length > MAX_SPEEDSCOPE_FRAMES)
    throw new Refusal(`it has more than ${MAX_SPEEDSCOPE_FRAMES} frames`);
  const ids = new Map<string, number>();
  return Uint32Array.from(places, (place) => {
    const fields = fieldsOf(place, 'a frame');
    if (typeof fields['name'] !== 'string') throw new Refusal('a frame has no name');
    const name = cleanText(fields['name']);
    const file = typeof fields['file'] === 'string' ? cleanText(fields['file']) : '';
    const line = readLine(fields['line']);
    const key = `${name}\u0000${file}\u0000${line}`;
    const id = ids.get(key) ?? tables.addFrame(name, file, line);
    ids.set(key, id);
    return id;
  });
}

function readLine(value: unknown): number {
  const isLine = typeof value === 'number' && Number.isInteger(value) && value > 0 && value <= MAX_LINE;
  return isLine ? value : 0;
}
