#!/usr/bin/env bash
# The program's face: exit codes and sentences. Needs no PHP.
set -u
BUILD=${BUILD:-build}
sampler=$BUILD/sampler
failed=0
say() { echo "command_line.sh: $*" >&2; failed=1; }

# expect CODE PATTERN ARGUMENTS...: runs the sampler and checks exit code and output
expect() {
    local code=$1 pattern=$2 text got
    shift 2
    text=$(timeout 20 "$sampler" "$@" 2>&1)
    got=$?
    [ "$got" = "$code" ] || say "'$*' ended with $got, not $code: $text"
    [[ $text =~ $pattern ]] || say "'$*' said '$text', not '$pattern'"
}

expect 0 '^Usage:' --help
expect 0 '^sampler [0-9]' --version
expect 64 '^sampler: Nothing to sample' -H 10
expect 64 "^sampler: Unknown option '--nope'" --nope
expect 64 "does not know the pgrep argument '-v'" -P '-v root php'
expect 64 "there is no user 'nobody-has-this-name'" -P '-u nobody-has-this-name php'
expect 64 'PHP 7.3 is not supported' -V 73 -p 1
expect 64 'callgrind is not written here' -j callgrind -p 1
expect 64 'wall or cpu' --mode both -p 1
expect 64 'NAME@FILE:LINE' -e 'a@:3' -p 1
expect 64 'draws a table; leave --format' -t --format stream -p $$
expect 66 'There is no such process' -p 1073741824
expect 69 'is not PHP' -p $$
expect 127 'was not found' -- /does/not/exist
expect 126 'cannot be executed' -- /etc/passwd
expect 0 'waiting for one' -P 'no-process-has-this-name' -i 20
expect 3 '' -- sh -c 'exit 3'
expect 143 '' -- sh -c 'kill -TERM $$'
expect 74 'cannot be written' -p $$ -o /does/not/exist/file

# What a command prints never gets among the samples; a file for it that cannot be made is told.
text=$("$sampler" -- sh -c 'echo aloud' 2>/dev/null)
[ -z "$text" ] || say "a command printed among the samples: $text"
for option in -O -E; do
    expect 74 "^sampler: '/does/not/exist/file' cannot be written: No such file" \
        $option /does/not/exist/file -- touch "$BUILD/started"
    [ ! -e "$BUILD/started" ] || say "a command was started without its $option"
done

# A stream says everything in itself, and ends with a reason.
text=$("$sampler" --format stream -p 1073741824 | tr -d '\0' | tail -c 200)
[[ $text == *no_process* && $text == *no_target* ]] || say "stream without a process: $text"

# The live view without a terminal: tables, and on a terminal that cannot be drawn on, too.
expect 69 'is not PHP' -t -p $$
expect 66 'There is no such process' -t -p 1073741824
expect 0 $'sampler -t -P .no such process. -i 20\n0 followed' -t -P 'no such process' -i 20
expect 3 'self%' -t -- sh -c 'echo heard; exit 3'
"$sampler" -t -- sh -c 'echo heard; echo heard >&2' 2>&1 | grep -qx heard && say "the command speaks into the view"
"$sampler" -t -O "$BUILD/heard" -- sh -c 'echo heard' >/dev/null
[ "$(cat "$BUILD/heard")" = heard ] || say "-O was not heeded under -t"
rm -f "$BUILD/heard"

# SIGTERM ends well; a reader that leaves does too.
"$sampler" -P 'no-process-has-this-name' 2>/dev/null &
pid=$!
sleep 0.2
kill -TERM $pid
wait $pid || say "SIGTERM ended with $?"
exit $failed
