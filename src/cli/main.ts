// The door: words of the command line in, exit code out. One of the three places that may catch anything.
import { Command, CommanderError } from 'commander';
import { loadConfig } from '../config/config.ts';
import { SpybridgeError } from '../model/errors.ts';
import { cleanText } from '../model/text.ts';
import { EventLog } from '../observe/events.ts';
import { makeLogger } from '../observe/logger.ts';
import { DEFAULT_RATE_HZ } from '../samplers/sampler.ts';
import type { ConvertWords } from './convert.ts';
import { EXIT_INTERNAL, EXIT_OK, exitCodes } from './exit-codes.ts';
import { addBridgeOptions, environmentHint, readFlags, spellSwitches } from './options.ts';
import type { Job } from './pipeline.ts';
import { planJob } from './pipeline.ts';
import { version } from './version.ts';

/** `reread` plans the job again, from the same flags and what the environment and the file say now. */
type Runner = (job: Job, events: EventLog, reread: () => Job) => Promise<number>;

async function main(argv: readonly string[]): Promise<number> {
  let exitCode = EXIT_OK;
  const program = new Command('spybridge')
    .description(
      'Continuous profiling for PHP: wraps a sampler, tags its stacks, delivers them to Grafana Pyroscope.',
    )
    .version(version)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  const add = (name: string, description: string, load: (command: Command) => Promise<Runner>): Command => {
    const command = addBridgeOptions(program.command(name).description(description)).exitOverride();
    command.configureOutput({ outputError: () => undefined }).addHelpText('after', `\n${environmentHint}`);
    command.action(async (words: string[]) => {
      exitCode = await start(command, words, await load(command));
    });
    return command;
  };
  add(
    'run',
    'run a sampler and deliver its stacks (the default command)',
    async () => (await import('./bridge.ts')).runBridge,
  );
  add(
    'print',
    'print what would be delivered, with its tags',
    async () => (await import('./print.ts')).runPrint,
  );
  addRecord(
    add(
      'record',
      'record to files: -o out.pb.gz, out.folded, out.speedscope.json or out.svg',
      async (command) => {
        const { checkRecordOptions, runRecord } = await import('./record.ts');
        const { duration, output } = command.opts<{ duration?: string; output: string[] }>();
        const options = checkRecordOptions(duration, output);
        return (job, events) => runRecord(job, events, options);
      },
    ),
  );
  const end = (code: number): void => {
    exitCode = code;
  };
  addConvert(program, end);
  addCheck(program);
  addDoctor(program, end);
  const isNamed = program.commands.some((command) => command.name() === argv[0]);
  const isAboutProgram = argv.length === 0 || /^(-h|--help|help|-V|--version)$/.test(argv[0] ?? '');
  const words = isNamed || isAboutProgram ? argv : ['run', ...argv];
  if (argv.length === 0) program.outputHelp();
  else await program.parseAsync(spellSwitches(words), { from: 'user' });
  return exitCode;
}

function addCheck(program: Command): void {
  const command = addBridgeOptions(
    program.command('check').description('check the configuration and start nothing'),
  );
  command.exitOverride().configureOutput({ outputError: () => undefined });
  command.action(async (words: string[]) => {
    const { runCheck } = await import('./check.ts');
    runCheck(loadConfig(readFlags(command), process.env), words);
  });
}

function addDoctor(program: Command, onEnd: (exitCode: number) => void): void {
  const command = program
    .command('doctor')
    .description('say whether profiling can work here, and what to do');
  command.exitOverride().configureOutput({ outputError: () => undefined });
  command.option('--pid <PID>', 'a PHP process to try; without it all that are found, up to five');
  command.action(async ({ pid }: { pid?: string }) => {
    const { runDoctor } = await import('./doctor/doctor.ts');
    onEnd(await runDoctor(pid));
  });
}

function addRecord(command: Command): void {
  command.option('-d, --duration <TIME>', 'how long (30s, 5m); without it until the sampler ends or Ctrl-C');
  command.option(
    '-o, --output <FILE>',
    'file to write; repeatable',
    (file, files: string[]) => [...files, file],
    [],
  );
}

/** Needs none of the bridge's options: nothing is started. */
function addConvert(program: Command, onEnd: (exitCode: number) => void): void {
  program
    .command('convert')
    .description(
      'convert a recording: phpspy, folded, sample stream, pprof or speedscope to -o out.svg and others',
    )
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .argument('<input>', 'file to read, - for stdin; gzipped or not, its content tells the format')
    .option('-o, --output <FILE>', 'file to write, its name tells the format; - is stdout, with --to')
    .option('--to <FORMAT>', "pprof, folded, speedscope or svg, whatever the output's name")
    .option('--rate <HZ>', 'samples per second, for inputs that tell no rate', String(DEFAULT_RATE_HZ))
    .action(async (input: string, words: ConvertWords) => {
      const { runConvert } = await import('./convert.ts');
      onEnd(await runConvert(input, words));
    });
}

async function start(command: Command, words: readonly string[], run: Runner): Promise<number> {
  const plan = (): Job => planJob(loadConfig(readFlags(command), process.env), words);
  const job = plan();
  const { logFormat, logLevel, instanceName } = job.config;
  const logger = makeLogger({ format: logFormat, level: logLevel, instance: instanceName });
  return run(job, new EventLog(logger), plan);
}

/** The exit code of what was thrown, after telling it in one sentence and its way out. */
function explain(error: unknown): number {
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT_OK;
    tell(
      sentence(error.message.replace(/^error: /, '')),
      'Run `spybridge --help` or `spybridge run --help`.',
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

// `spybridge print | head` and `--help | head`: a reader that has seen enough is no trouble.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code === 'EPIPE') process.exit(EXIT_OK);
  throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = explain(error);
}
