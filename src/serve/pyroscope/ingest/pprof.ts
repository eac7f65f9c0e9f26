// pprof on /ingest, as it is or as a field of a form. It is stored as it came; only what says its type is read here.
import { MAX_RAW_BYTES, openPprof } from '../../../formats/pprof/open.ts';
import { PprofError, PprofTooLarge } from '../../../formats/pprof/wire.ts';
import { HttpProblem } from '../../problem.ts';
import { int64, many, MessageError, texts } from '../connect/message.ts';
import { decodeProto } from '../connect/proto-decode.ts';
import type { IngestInput } from './input.ts';
import { readMultipart } from './multipart.ts';
import { nameOfSampleTypes } from './profile-name.ts';

/** The part of a profile that names its sample types. */
const ProfileHead = { sampleType: many(1, { type: int64(1), unit: int64(2) }), stringTable: texts(6) };
/** Each sample is one to this reader, which passes it over. */
const MAX_HEAD_PARTS = 33_554_432;
const MAX_CONFIG_BYTES = 65_536;

export interface PprofPart {
  /** For the label `__name__`. */
  readonly name: string;
  readonly body: Uint8Array;
}

/** Undefined for a profile of no bytes. Throws HttpProblem(413 | 422). */
export async function readPprof(
  { format, body, contentType }: IngestInput,
  maxRawBytes: number = MAX_RAW_BYTES,
): Promise<PprofPart | undefined> {
  const fields = format === 'multipart' ? readMultipart(contentType, body) : new Map([['profile', body]]);
  if (fields.has('prev_profile'))
    throw new HttpProblem(422, 'unsupported client version: profiles cannot be given as a difference.');
  const profile = fields.get('profile');
  if (profile === undefined) throw new HttpProblem(422, 'The form has no field named profile.');
  if (profile.length === 0) return undefined;
  const shown = readDisplayNames(fields.get('sample_type_config'));
  const types = await readSampleTypes(profile, maxRawBytes);
  if (types.length === 0) throw new HttpProblem(422, 'The profile has no sample types.');
  const bad = types.find((type) => type === '' || type.includes(':'));
  if (bad !== undefined)
    throw new HttpProblem(422, `The sample type ${JSON.stringify(bad)} cannot be part of a profile type.`);
  return { name: nameOfSampleTypes(types, shown), body: profile };
}

async function readSampleTypes(profile: Uint8Array, maxRawBytes: number): Promise<readonly string[]> {
  try {
    const raw = await openPprof(profile, maxRawBytes);
    const { sampleType, stringTable } = decodeProto(ProfileHead, raw, MAX_HEAD_PARTS);
    return sampleType.map(({ type }) => stringTable[Number(type)] ?? '');
  } catch (error) {
    if (error instanceof PprofTooLarge) throw new HttpProblem(413, error.message);
    if (error instanceof PprofError) throw new HttpProblem(422, error.message);
    if (error instanceof MessageError)
      throw new HttpProblem(422, `The profile cannot be read: ${error.message}.`);
    throw error;
  }
}

/** Names that a sample type is shown by, where the form gives any: they say what the profile is. */
function readDisplayNames(config: Uint8Array | undefined): ReadonlyMap<string, string> | undefined {
  if (config === undefined || config.length === 0) return undefined;
  const names = new Map<string, string>();
  const refused = new HttpProblem(422, 'The field sample_type_config is no JSON object.');
  if (config.length > MAX_CONFIG_BYTES) throw refused;
  let types: unknown;
  try {
    types = JSON.parse(Buffer.from(config).toString('utf8'));
  } catch {
    throw refused;
  }
  if (typeof types !== 'object' || types === null || Array.isArray(types)) throw refused;
  for (const [type, settings] of Object.entries(types as Record<string, unknown>)) {
    const shown = (settings as Readonly<Record<string, unknown>> | null)?.['display-name'];
    if (typeof shown === 'string' && shown !== '') names.set(type, shown);
  }
  return names;
}
