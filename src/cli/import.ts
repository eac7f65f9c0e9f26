// `spybridge import FILE...`: existing pprof files to a server, over profefe's API. What fails is told; the rest goes on.
import { readFile } from 'node:fs/promises';
import { readFileSync } from 'node:fs';
import { SpybridgeError } from '../model/errors.ts';
import { startDeadline } from '../model/deadline.ts';
import { cleanText } from '../model/text.ts';

/** As the user wrote them. */
export interface ImportWords {
  readonly service?: string;
  readonly type?: string;
  readonly label?: readonly string[];
  readonly createdAt?: string;
  readonly server?: string;
  readonly tokenFile?: string;
  readonly tenant?: string;
}

const DEFAULT_SERVER = 'http://127.0.0.1:4040';
/** Of one file; what servers take is less. */
const MAX_FILE_BYTES = 1_073_741_824;
const TIMEOUT_MS = 60_000;
/** Some files have failed. */
const EXIT_FAILED = 1;

/** What can be done about an answer. */
const ways: readonly (readonly [status: number, words: RegExp, way: string])[] = [
  [
    400,
    /unrecognized profile format/,
    ' (it is no pprof: `spybridge convert FILE -o OUT.pb.gz` makes one of other formats)',
  ],
  [400, /unknown profile type/, ' (--type is a word such as cpu, wall or heap)'],
  [401, /org id/, ' (give --tenant ID)'],
  [401, /token/, ' (give --token-file FILE with a token for writing)'],
  [403, /token/, ' (it is one for reading: --token-file needs one for writing)'],
];

interface Target {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
}

interface Answer {
  readonly code?: number;
  readonly body?: { readonly id?: string };
  readonly error?: string;
}

/** Returns the exit code: 1 where any file has failed. Throws SpybridgeError('usage' | 'config'). */
export async function runImport(
  files: readonly string[],
  words: ImportWords,
  env: Readonly<Record<string, string | undefined>>,
): Promise<number> {
  const target = checkWords(words, env);
  let failed = 0;
  for (const file of files) {
    const outcome = await importFile(file, target);
    if ('id' in outcome) process.stdout.write(`${cleanText(`${file}: ${outcome.id}`)}\n`);
    else {
      failed += 1;
      process.stderr.write(`spybridge: ${cleanText(`${file}: ${outcome.problem}`)}\n`);
    }
  }
  if (failed > 0) process.stderr.write(`spybridge: ${failed} of ${files.length} files were not imported.\n`);
  return failed > 0 ? EXIT_FAILED : 0;
}

/** Before anything is sent. */
function checkWords(words: ImportWords, env: Readonly<Record<string, string | undefined>>): Target {
  const { service, type, label = [], createdAt, tokenFile, tenant } = words;
  if (service === undefined || type === undefined) {
    throw new SpybridgeError('usage', 'The service or the type of the profiles is not named.', {
      hint: 'Give --service NAME --type cpu (or wall, heap, goroutine, trace...).',
    });
  }
  const server = words.server ?? env['PROFEFE_COLLECTOR'] ?? DEFAULT_SERVER;
  const url = URL.canParse(server) ? new URL(server) : undefined;
  if (url === undefined || !/^https?:$/.test(url.protocol) || url.username !== '' || url.password !== '') {
    throw new SpybridgeError('usage', `--server: it is no address of a server.`, {
      hint: 'Write for example http://127.0.0.1:4040; tokens go into --token-file.',
    });
  }
  url.pathname = `${url.pathname.replace(/\/+$/, '')}/api/0/profiles`;
  url.search = new URLSearchParams({
    service,
    type,
    ...(label.length > 0 ? { labels: label.map(escapeLabel).join(',') } : {}),
    ...(createdAt === undefined ? {} : { created_at: createdAt }),
    // A recording has its tags at its samples. profefe passes this over.
    split_labels: 'true',
  }).toString();
  const token = tokenFile === undefined ? undefined : readToken(tokenFile);
  return {
    url,
    headers: {
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(tenant === undefined ? {} : { 'x-scope-orgid': tenant }),
    },
  };
}

/** Commas and equals signs of a value must not end it. */
function escapeLabel(label: string): string {
  const equals = label.indexOf('=');
  if (equals < 1) {
    throw new SpybridgeError('usage', `--label ${cleanText(label)}: there is no NAME= in it.`, {
      hint: 'Write --label region=eu.',
    });
  }
  return [label.slice(0, equals), label.slice(equals + 1)].map(encodeURIComponent).join('=');
}

/** The first token of the file. */
function readToken(file: string): string {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new SpybridgeError('config', `--token-file ${file} cannot be read.`, {
      hint: 'Check the path and the rights.',
      cause: error,
    });
  }
  const token = text
    .split('\n')
    .map((line) => line.trim())
    .find((line) => line !== '' && !line.startsWith('#'));
  if (token !== undefined && /^[\x21-\x7e]+$/.test(token)) return token;
  throw new SpybridgeError('config', `--token-file ${file} holds no token.`, {
    hint: 'Write the token in its first line.',
  });
}

async function importFile(file: string, target: Target): Promise<{ id: string } | { problem: string }> {
  let body: Buffer;
  try {
    body = await readFile(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    return {
      problem: code === 'EISDIR' ? 'it is a folder; name the files in it' : `it cannot be read (${code})`,
    };
  }
  if (body.length > MAX_FILE_BYTES) return { problem: `it has more than ${MAX_FILE_BYTES} bytes` };
  const deadline = startDeadline(TIMEOUT_MS);
  try {
    return await send(body, target, deadline.signal);
  } catch (error) {
    return { problem: deadline.hasPassed ? 'the server does not answer' : describeFailure(error) };
  } finally {
    deadline.cancel();
  }
}

async function send(
  body: Buffer,
  { url, headers }: Target,
  signal: AbortSignal,
): Promise<{ id: string } | { problem: string }> {
  // Where a redirect leads, the token must not go.
  const init = { method: 'POST', body, headers, signal, redirect: 'manual' } as const;
  const response = await fetch(url, init);
  const text = await response.text();
  let answer: Answer | null = null;
  try {
    answer = JSON.parse(text) as Answer | null;
  } catch {
    // No server of ours: its status tells enough.
  }
  if (response.ok && answer?.code === 200) return { id: answer.body?.id ?? '' };
  const way = ways.find(([status, words]) => response.status === status && words.test(text))?.[2] ?? '';
  return { problem: `${response.status} ${answer?.error ?? text.slice(0, 200)}${way}` };
}

function describeFailure(error: unknown): string {
  const cause: unknown = error instanceof Error ? (error.cause ?? error) : error;
  const reason =
    cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(cause);
  return `the server cannot be reached (${reason})`;
}
