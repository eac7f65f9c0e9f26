// The commands and their options. Each loads its own code when it is called: `--help` and `check` wait for nothing.
import { Command } from 'commander';
import { loadConfig } from '../config/config.ts';
import { EventLog } from '../observe/events.ts';
import { makeLogger } from '../observe/logger.ts';
import { DEFAULT_RATE_HZ } from '../samplers/sampler.ts';
import { serveOptionSpecs } from '../config/serve-option-table.ts';
import type { ConvertWords } from './convert.ts';
import type { ImportWords } from './import.ts';
import { addBridgeOptions, addOptions, describeEnvironment, readFlags } from './options.ts';
import type { Job } from './job.ts';
import { planJob } from './job.ts';
import { version } from './version.ts';

type OnEnd = (exitCode: number) => void;

/** `reread` plans the job again, from the same flags and what the environment and the file say now. */
type Runner = (job: Job, events: EventLog, reread: () => Job) => Promise<number>;

/** The program; a command that has run tells its exit code. */
export function makeProgram(onEnd: OnEnd): Command {
  const program = new Command('spybridge')
    .description(
      'Continuous profiling for PHP: wraps a sampler, tags its stacks, and delivers them to Grafana Pyroscope or to a server of its own.',
    )
    .version(version)
    .enablePositionalOptions()
    .exitOverride()
    .configureOutput({ outputError: () => undefined });
  addBridgeCommands(program, onEnd);
  addServe(program, onEnd);
  addImport(program, onEnd);
  addConvert(program, onEnd);
  addCheck(program);
  addDoctor(program, onEnd);
  return program;
}

/** Commands that run a sampler and take all options of the bridge. */
function addBridgeCommands(program: Command, onEnd: OnEnd): void {
  const add = (name: string, description: string, load: (command: Command) => Promise<Runner>): Command => {
    const command = addBridgeOptions(program.command(name).description(description)).exitOverride();
    command
      .configureOutput({ outputError: () => undefined })
      .addHelpText('after', `\n${describeEnvironment('pyroscope')}`);
    command.action(async (words: string[]) => {
      onEnd(await start(command, words, await load(command)));
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

function addDoctor(program: Command, onEnd: OnEnd): void {
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

function addServe(program: Command, onEnd: OnEnd): void {
  const command = program
    .command('serve')
    .description('keep profiles, and show them: profefe and Pyroscope APIs, web page');
  addOptions(command, serveOptionSpecs).exitOverride();
  command.configureOutput({ outputError: () => undefined });
  command.addHelpText('after', `\n${describeEnvironment('listen')}`);
  command.action(async () => {
    const [{ loadServeConfig }, { runServe }] = await Promise.all([
      import('../config/serve-config.ts'),
      import('./serve.ts'),
    ]);
    const config = loadServeConfig(readFlags(command, serveOptionSpecs), process.env);
    const { logFormat: format, logLevel: level, instanceName: instance } = config;
    onEnd(await runServe(config, new EventLog(makeLogger({ format, level, instance }))));
  });
}

function addImport(program: Command, onEnd: OnEnd): void {
  const list = (value: string, earlier: string[] = []): string[] => [...earlier, value];
  program
    .command('import')
    .description('send pprof files to a server (`spybridge serve`, or profefe)')
    .exitOverride()
    .configureOutput({ outputError: () => undefined })
    .argument('<file...>', 'files to send, as they are')
    .option('--service <NAME>', 'service that the profiles belong to')
    .option('--type <TYPE>', 'their type: cpu, wall, heap, goroutine, trace or any other word')
    .option('--label <NAME=VALUE>', 'label of all of them; repeatable', list)
    .option('--created-at <TIME>', 'their time, where they tell none themselves')
    .option('--server <URL>', 'server; else PROFEFE_COLLECTOR, else http://127.0.0.1:4040')
    .option('--token-file <FILE>', 'file that holds a token for writing')
    .option('--tenant <ID>', 'tenant (X-Scope-OrgID)')
    .action(async (files: string[], words: ImportWords) => {
      const { runImport } = await import('./import.ts');
      onEnd(await runImport(files, words, process.env));
    });
}

/** Needs none of the bridge's options: nothing is started. */
function addConvert(program: Command, onEnd: OnEnd): void {
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
