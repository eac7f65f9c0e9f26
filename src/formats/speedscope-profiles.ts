// The two kinds of profiles in a speedscope file, read into a call tree.
import { CallTree } from './call-tree.ts';

export type Fields = Readonly<Record<string, unknown>>;

/** What the file says is wrong: the end of a sentence. Caught by the decoder. */
export class Refusal extends Error {}

export interface ProfileReader {
  readonly tree: CallTree;
  /** Frame id of each place in the file's list of frames. */
  readonly frames: Uint32Array;
  /** Called with every weight, in the profile's unit, before it is counted; returns what the tree is to get. */
  readonly weigh: (weight: number) => number;
}

/** Throws Refusal or TooLarge. */
export function readProfile(profile: Fields, reader: ProfileReader): void {
  if (profile['type'] === 'sampled') readSampled(profile, reader);
  else if (profile['type'] === 'evented') readEvented(profile, reader);
  else throw new Refusal('a profile is neither sampled nor evented');
}

function readSampled(profile: Fields, { tree, frames, weigh }: ProfileReader): void {
  const samples = listOf(profile['samples'], 'samples');
  const weights = listOf(profile['weights'], 'weights');
  if (samples.length !== weights.length) throw new Refusal('a profile has not as many weights as samples');
  samples.forEach((sample, i) => {
    let node = CallTree.root;
    for (const place of listOf(sample, 'a sample')) node = tree.enter(node, frameAt(frames, place));
    const weight = numberOf(weights[i], 'a weight');
    if (weight < 0) throw new Refusal('a weight is negative');
    if (weight > 0 && node !== CallTree.root) tree.add(node, weigh(weight));
  });
}

/** Time between two events belongs to the stack that is open then. */
function readEvented(profile: Fields, { tree, frames, weigh }: ProfileReader): void {
  let node = CallTree.root;
  let last: number | undefined;
  for (const item of listOf(profile['events'], 'events')) {
    const event = fieldsOf(item, 'an event');
    const at = numberOf(event['at'], 'the time of an event');
    if (last !== undefined && at < last) throw new Refusal('its events are not in the order of time');
    if (last !== undefined && at > last && node !== CallTree.root) tree.add(node, weigh(at - last));
    last = at;
    const frame = frameAt(frames, event['frame']);
    if (event['type'] === 'O') node = tree.enter(node, frame);
    else if (event['type'] !== 'C') throw new Refusal('an event neither opens nor closes a frame');
    else if (tree.frameOf(node) !== frame)
      throw new Refusal('an event closes a frame that is not the innermost');
    else node = tree.leave(node);
  }
}

function frameAt(frames: Uint32Array, place: unknown): number {
  const frame = typeof place === 'number' ? frames[place] : undefined;
  if (frame === undefined) throw new Refusal('a frame is missing');
  return frame;
}

export function fieldsOf(value: unknown, what: string): Fields {
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new Refusal(`${what} is no object`);
  return value as Fields;
}

export function listOf(value: unknown, what: string): readonly unknown[] {
  if (!Array.isArray(value)) throw new Refusal(`${what} is no list`);
  return value;
}

function numberOf(value: unknown, what: string): number {
  // JSON's 1e999 is read as infinite.
  if (typeof value !== 'number' || !Number.isFinite(value)) throw new Refusal(`${what} is no number`);
  return value;
}
