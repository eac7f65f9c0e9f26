// From the words behind the options to a plan: which program is started, with which arguments and expectations.
import { accessSync, constants, statSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { SpybridgeError } from '../model/errors.ts';
import { planBundled } from './bundled.ts';
import { planPhpspy } from './phpspy.ts';
import type { SamplerPlan } from './sampler.ts';

/** Where `npm run build` puts the bundled sampler, seen from src/samplers and from dist/samplers alike. */
const BUNDLED_SAMPLER = fileURLToPath(new URL('../../native/build/sampler', import.meta.url));

export interface ResolveOptions {
  /** PATH of the environment that the sampler gets. */
  readonly searchPath: string;
  readonly bundledPath?: string;
  /** Facts that the bundled sampler is asked for, whether its arguments name them or not: `server.HTTP_TRACEPARENT`. */
  readonly peeks?: readonly string[];
}

/** Throws SpybridgeError('usage' | 'sampler_missing'). */
export function resolveSampler(words: readonly string[], options: ResolveOptions): SamplerPlan {
  const [name, ...args] = words;
  if (name === undefined) {
    throw new SpybridgeError('usage', 'No sampler is named.', {
      hint: 'Write for example: spybridge --pyroscope URL --app shop -- sampler -P php-fpm',
    });
  }
  if (name === 'sampler') return planBundled(bundledProgram(options), args, options.peeks ?? []);
  const program = findProgram(name, options.searchPath);
  if (isSameFile(program, options.bundledPath ?? BUNDLED_SAMPLER)) {
    return planBundled(program, args, options.peeks ?? []);
  }
  if (path.basename(name) === 'phpspy') return planPhpspy(program, args);
  return {
    name,
    kind: 'outside',
    program,
    args,
    rateHz: undefined,
    dialect: 'auto',
    type: 'wall',
    warnings: [],
  };
}

function bundledProgram(options: ResolveOptions): string {
  const program = options.bundledPath ?? BUNDLED_SAMPLER;
  if (isExecutable(program)) return program;
  throw new SpybridgeError('sampler_missing', `The bundled sampler is not built: there is no ${program}.`, {
    hint: 'Run `make -C native` in the folder of spybridge (needs gcc and make).',
  });
}

function findProgram(name: string, searchPath: string): string {
  const folders = name.includes('/') ? [''] : searchPath.split(':');
  const candidates = folders.map((folder) =>
    name.includes('/') ? path.resolve(name) : path.join(folder || '.', name),
  );
  const program = candidates.find(isExecutable);
  if (program !== undefined) return program;
  const isThere = candidates.some((candidate) => statSync(candidate, { throwIfNoEntry: false })?.isFile());
  throw new SpybridgeError(
    'sampler_missing',
    `The sampler "${name}" ${isThere ? 'is not executable' : 'was not found'}.`,
    {
      hint: isThere
        ? `Run chmod +x ${name}.`
        : 'Install it, give its full path, or use the bundled one: `-- sampler -P php-fpm`.',
    },
  );
}

/** The bundled sampler is itself by whichever path or link it is named. */
function isSameFile(one: string, other: string): boolean {
  const [first, second] = [one, other].map((file) => statSync(file, { throwIfNoEntry: false }));
  return first !== undefined && first.dev === second?.dev && first.ino === second.ino;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    // Not there, not ours to run, or a folder: for the caller all the same.
    return false;
  }
}
