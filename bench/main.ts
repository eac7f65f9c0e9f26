// `npm run bench [-- bridge|sampler|store] [options]`: the door of the benchmarks. Run from the repository's root by scripts/bench.sh.
import path from 'node:path';
import { parseArgs } from 'node:util';
import { benchBridge } from './bridge/bench.ts';
import { benchSampler } from './sampler/bench.ts';
import { benchStore } from './store/bench.ts';

const usage = `npm run bench [-- bridge|sampler|store] [options]; without a word: all
  --peer PATH          a program to compare with: gospy for the bridge, phpspy for the sampler
  --peer-args 'ARGS'   further words for gospy, split at spaces
  --bridge PATH        another build of spybridge to measure (default bin/spybridge.js)
  --sampler PATH       another build of the sampler to measure (default native/build/sampler)
  --rounds N           alternated runs per case (default 5)
  --only REGEX         only the cases whose name matches
  --quick              small inputs, 2 rounds: does it run, not how fast`;

const { values, positionals } = parseArgs({
  options: {
    peer: { type: 'string' },
    'peer-args': { type: 'string', default: '' },
    bridge: { type: 'string', default: 'bin/spybridge.js' },
    sampler: { type: 'string', default: 'native/build/sampler' },
    rounds: { type: 'string' },
    only: { type: 'string', default: '' },
    quick: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
  allowPositionals: true,
});
const rounds = Number(values.rounds ?? (values.quick ? 2 : 5));
const [word, ...others] = positionals;
const isKnown = word === undefined || ['bridge', 'sampler', 'store'].includes(word);
// One peer is no peer of both.
const isAmbiguous = word === undefined && values.peer !== undefined;
const isWrong = !isKnown || others.length > 0 || isAmbiguous || !Number.isInteger(rounds) || rounds < 1;
if (values.help || isWrong) {
  console.log(usage);
  process.exitCode = isWrong ? 64 : 0;
} else {
  const bridge = path.resolve(values.bridge);
  const peer = values.peer === undefined ? undefined : path.resolve(values.peer);
  const shared = { bridge, peer, rounds, only: values.only, isQuick: values.quick };
  const peerArgs = values['peer-args'].split(' ').filter((one) => one !== '');
  const isWanted = (bench: string): boolean => word === undefined || word === bench;
  if (isWanted('bridge')) await benchBridge({ ...shared, peerArgs });
  if (isWanted('sampler')) await benchSampler({ ...shared, sampler: path.resolve(values.sampler) });
  if (isWanted('store')) await benchStore(shared);
}
