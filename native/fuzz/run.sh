#!/usr/bin/env bash
# Runs one fuzz target under libFuzzer: run.sh TARGET SECONDS. Inputs that cover something new are kept in the build folder.
set -u
target=$1 seconds=$2
found=$BUILD/found/$target log=$BUILD/$target.log
mkdir -p "$found"
seeds=()
[ -d "fuzz/corpus/$target" ] && seeds=("fuzz/corpus/$target")
if ! "$BUILD/${target}_fuzz" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 \
    -print_final_stats=1 -artifact_prefix="$BUILD/$target-" "$found" "${seeds[@]}" >"$log" 2>&1; then
    grep -v '^#' "$log" | tail -n 60 >&2
    echo "fuzz $target: failed; see native/$log" >&2
    exit 1
fi
echo "fuzz $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") inputs in $seconds s, nothing found"
