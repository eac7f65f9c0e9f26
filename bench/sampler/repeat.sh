#!/usr/bin/env bash
# repeat.sh TIMES COMMAND...: runs it so often, one after the other, prints when each run began and ended, and bash's `times` at last.
# The command's output goes nowhere.
times=$1
shift
for ((run = 0; run < times; run++)); do
    start=$EPOCHREALTIME
    "$@" >/dev/null 2>&1
    echo "wall $start $EPOCHREALTIME"
done
times
