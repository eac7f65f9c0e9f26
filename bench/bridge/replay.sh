#!/usr/bin/env bash
# The sampler of a benchmark: prints the files, or runs a program that prints, and writes down its own CPU time, which is not the bridge's.
# replay.sh COST_FILE cat FILE...  |  replay.sh COST_FILE node pacer.js FILE RATE SECONDS  |  replay.sh COST_FILE sleep SECONDS
cost=$1
shift
"$@"
times >"$cost.part" && mv "$cost.part" "$cost"
