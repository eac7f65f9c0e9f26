// The door: words of the command line in, exit code out. One of the three places that may catch anything.
import { CommanderError } from 'commander';
import { SpybridgeError } from '../model/errors.ts';
import { cleanText } from '../model/text.ts';
import { makeProgram } from './commands.ts';
import { EXIT_INTERNAL, EXIT_OK, exitCodes } from './exit-codes.ts';
import { spellSwitches } from './options.ts';

async function main(argv: readonly string[]): Promise<number> {
  let exitCode = EXIT_OK;
  const program = makeProgram((code) => {
    exitCode = code;
  });
  const isNamed = program.commands.some((command) => command.name() === argv[0]);
  const isAboutProgram = argv.length === 0 || /^(-h|--help|help|-V|--version)$/.test(argv[0] ?? '');
  const words = isNamed || isAboutProgram ? argv : ['run', ...argv];
  if (argv.length === 0) program.outputHelp();
  else await program.parseAsync(spellSwitches(words), { from: 'user' });
  return exitCode;
}

/** The exit code of what was thrown, after telling it in one sentence and its way out. */
function explain(error: unknown, argv: readonly string[]): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT_OK;
    const command = makeProgram(() => undefined)
      .commands.find((one) => one.name() === argv[0])
      ?.name();
    tell(
      sentence(error.message.replace(/^error: /, '')),
      `Run \`spybridge --help\` or \`spybridge ${command ?? 'run'} --help\`.`,
    );
    return exitCodes.usage;
  }
  if (error instanceof SpybridgeError) {
    tell(error.message, error.hint);
    return exitCodes[error.code];
  }
  tell(
    `Internal error: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    undefined,
  );
  return EXIT_INTERNAL;
}

function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${text.endsWith('.') ? '' : '.'}`;
}

function tell(problem: string, hint: string | undefined): void {
  const lines = [problem, hint].filter((line) => line !== undefined).flatMap((text) => text.split('\n'));
  process.stderr.write(`spybridge: ${lines.map((line) => cleanText(line)).join('\n  ')}\n`);
}

// A log that can't be written costs its lines, never samples.
process.stderr.on('error', () => undefined);

// `spybridge print | head` and `--help | head`: a reader that has seen enough is no trouble.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT_OK);
  throw error;
});

/** What hangs after all is done (a socket that does not close) may hold the program this long. */
const LINGER_MS = 2_000;

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = explain(error, process.argv.slice(2));
}
setTimeout(() => process.exit(), LINGER_MS).unref();
