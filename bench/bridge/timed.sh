#!/usr/bin/env bash
# Runs a program and prints to descriptor 3 its pid at once, then the CPU time of its whole tree: every process that was waited for.
"$@" 3>&- &
child=$!
echo "pid $child" >&3
wait "$child"
code=$?
echo "exit $code" >&3
times >&3
