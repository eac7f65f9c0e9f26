// @ts-check
// `npm run demo`: a real php-fpm with a small shop under load, profiled per URL; ends with a table, files, and a page to look at.
import { spawn } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { drive } from './load/driver.mjs';
import { startPaymentService } from './load/payment-service.mjs';
import { startPhpFpm } from './load/php-fpm.mjs';
import { formatRoutes } from './load/route-table.mjs';

const ROOT = path.join(import.meta.dirname, '..');
const OUT = path.join(ROOT, 'demo-out');
/** Of the profiles that the page shows. */
const STORE = path.join(OUT, 'store');
const RATE_HZ = 99;
const LONGEST_SECONDS = 600;
const PAYMENT_MS = 40;
const USERS = 3;

const TAGS = [
  ...['--tag', 'env=demo', '--tag', 'uri={{ "glopeek server.REQUEST_URI" "^([^?]+)\\?.*$" "$1" }}'],
  ...['--tag-entrypoint', '--entrypoint', 'index.php'],
];
const SAMPLER = ['--', 'sampler', '-P', 'php-fpm', '-H', String(RATE_HZ), '-g', 'server.REQUEST_URI'];

/** @returns {{seconds: string, pyroscope?: string}} */
function readOptions() {
  try {
    const options = { seconds: { type: 'string', default: '20' }, pyroscope: { type: 'string' } };
    return /** @type {any} */ (parseArgs({ options: /** @type {any} */ (options) }).values);
  } catch (error) {
    console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
    console.error('Use: npm run demo -- [--seconds N] [--pyroscope URL]');
    process.exit(64);
  }
}

const values = readOptions();
const seconds = Number(values.seconds);
if (!(seconds >= 1 && seconds <= LONGEST_SECONDS)) {
  console.error(`demo: --seconds ${values.seconds} cannot be used: give 1 to ${LONGEST_SECONDS}.`);
  process.exit(64);
}

/** @type {(() => Promise<void>)[]} */
const cleanups = [];
const stopped = new AbortController();
process.once('SIGINT', () => stopped.abort());
process.once('SIGTERM', () => stopped.abort());

/**
 * Runs spybridge to its end; what it has to say goes to the terminal when it fails.
 * @param {readonly string[]} args
 */
function startSpybridge(args) {
  const child = spawn(process.execPath, [path.join(ROOT, 'bin/spybridge.js'), ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
    detached: true, // Ctrl-C is for the demo, which then ends it
  });
  let said = '';
  child.stderr.on('data', (chunk) => (said = (said + String(chunk)).slice(-20_000)));
  const ended = new Promise((resolve) => child.once('exit', (code) => resolve({ code, said })));
  return { ended, said: () => said, stop: () => child.kill('SIGTERM') };
}

/** Returns what ends it. @param {() => string} line */
function showProgress(line) {
  if (!process.stdout.isTTY) return () => undefined;
  const timer = setInterval(() => process.stdout.write(`\r  ${line()}  `), 250);
  return () => {
    clearInterval(timer);
    process.stdout.write(`\r  ${line()}  \n`);
  };
}

async function main() {
  rmSync(OUT, { recursive: true, force: true });
  mkdirSync(OUT);
  console.log('Starting php-fpm with the demo shop (examples/demo-app) ...');
  const payment = await startPaymentService(PAYMENT_MS);
  cleanups.push(payment.stop);
  const fpm = await startPhpFpm({ env: { DEMO_PAYMENT_SERVICE: payment.address } });
  cleanups.push(fpm.stop);

  const files = ['demo.svg', 'demo.pb.gz', 'demo.folded'].map((name) => path.join(OUT, name));
  const outputs = files.flatMap((file) => ['-o', file]);
  const recording = startSpybridge(['record', ...outputs, '--log-format', 'json', ...TAGS, ...SAMPLER]);
  const runs = [recording];
  const target =
    values.pyroscope === undefined ? ['--listen', '0', '--data', STORE] : ['--pyroscope', values.pyroscope];
  const bridge = [
    '--app',
    'demo',
    '--flush-interval',
    '5s',
    '--shutdown-timeout',
    '5s',
    '--log-format',
    'json',
  ];
  runs.push(startSpybridge([...target, ...bridge, ...TAGS, ...SAMPLER]));
  await new Promise((resolve) => setTimeout(resolve, 1000)); // the sampler's first look at the processes

  console.log(`Sending requests and profiling them for ${seconds} s ...`);
  const startedAt = Date.now();
  let requests = 0;
  const endProgress = showProgress(
    () =>
      `${Math.min(seconds, Math.round((Date.now() - startedAt) / 1000))} of ${seconds} s, ${requests} requests`,
  );
  const truths = await drive(
    {
      get: async (uri) => {
        requests += 1;
        return fpm.get(uri);
      },
    },
    { users: USERS, ms: seconds * 1000, signal: stopped.signal },
  );
  endProgress();
  for (const run of runs) run.stop();
  for (const run of runs) {
    const { code, said } = await run.ended;
    if (code !== 0 && code !== 143) throw new Error(`spybridge ended with ${code}:\n${said}`);
    if (run !== recording && said.includes('"lost_at_stop"')) {
      throw new Error(
        `${values.pyroscope ?? 'The store'} could not be reached, or did not take everything:\n${said}`,
      );
    }
  }

  console.log(`\n${formatRoutes(readFileSync(path.join(OUT, 'demo.pb.gz')), truths)}\n`);
  tellNext(files);
  if (values.pyroscope === undefined) await showPage();
}

/** On a terminal the server runs until Ctrl-C; elsewhere the demo ends, and tells how to start it. */
async function showPage() {
  const again = `spybridge serve --data ${path.relative(process.cwd(), STORE)}`;
  if (!process.stdout.isTTY || stopped.signal.aborted) {
    console.log(`\nThe page with these profiles: ${again}, then http://127.0.0.1:4040`);
    return;
  }
  const server = startSpybridge(['serve', '--listen', '0', '--data', STORE, '--log-format', 'json']);
  cleanups.push(async () => {
    server.stop();
    await server.ended;
  });
  const address = await findAddress(server);
  console.log(`\nThe page with these profiles: ${address}   (Ctrl-C ends it; later: ${again})`);
  await Promise.race([
    server.ended,
    new Promise((resolve) => stopped.signal.addEventListener('abort', resolve)),
  ]);
}

/** @param {ReturnType<typeof startSpybridge>} server */
async function findAddress(server) {
  for (let i = 0; i < 100; i++) {
    const found = /"server_started","url":"([^"]+)"/.exec(server.said())?.[1];
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  throw new Error(`The server has not started:\n${server.said()}`);
}

/** @param {readonly string[]} files */
function tellNext([svg = '', pprof = '', folded = '']) {
  /** @param {string} file */
  const near = (file) => path.relative(process.cwd(), file);
  const target = values.pyroscope;
  console.log(
    [
      `Flame graph:  ${near(svg)}   (open it in a browser: click zooms, Ctrl-F searches)`,
      `pprof:        ${near(pprof)}   (for example: go tool pprof -http=: ${near(pprof)})`,
      `Folded:       ${near(folded)}`,
      ...(target === undefined
        ? []
        : [`Pyroscope:    ${target}   (application "demo", labels uri and entrypoint)`]),
      '',
      'Next, on your own server:',
      ...[
        ['spybridge print -- sampler -P php-fpm', 'what would be sent'],
        ['spybridge -- sampler -P php-fpm', 'profile it, with a page of its own'],
        [`spybridge --pyroscope ${target ?? 'URL'} --app NAME -- sampler -P php-fpm`, 'deliver to Pyroscope'],
      ].map(([command = '', what = '']) => `  ${command.padEnd(64)}   ${what}`),
    ].join('\n'),
  );
}

try {
  await main();
} catch (error) {
  console.error(`demo: ${error instanceof Error ? error.message : String(error)}`);
  process.exitCode = 1;
} finally {
  for (const cleanup of cleanups.reverse()) await cleanup();
}
