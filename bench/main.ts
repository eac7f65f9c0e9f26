// `npm run bench [-- bridge] [options]`: the door of the benchmarks. Run from the repository's root by scripts/bench.sh.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { benchBridge } from './bridge/bench.ts';

const usage = `npm run bench [-- bridge] [options]
  --peer PATH          a gospy binary to compare with
  --peer-args 'ARGS'   further words for it, split at spaces
  --bridge PATH        another build of spybridge to measure (default bin/spybridge.js)
  --rounds N           alternated runs per case (default 5)
  --only REGEX         only the cases whose name matches
  --quick              small inputs, 2 rounds: does it run, not how fast`;

const { values, positionals } = parseArgs({
  options: {
    peer: { type: 'string' },
    'peer-args': { type: 'string', default: '' },
    bridge: { type: 'string', default: 'bin/spybridge.js' },
    rounds: { type: 'string' },
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
  allowPositionals: true,
});
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
const isWrong = positionals.some((word) => word !== 'bridge') || !Number.isInteger(rounds) || rounds < 1;
if (values.help || isWrong) {
  console.log(usage);
  process.exitCode = isWrong ? 64 : 0;
} else {
  await benchBridge({
    bridge: path.resolve(values.bridge),
    peer: values.peer === undefined ? undefined : path.resolve(values.peer),
    peerArgs: values['peer-args'].split(' ').filter((word) => word !== ''),
    rounds,
    only: values.only,
    isQuick: values.quick,
  });
}
