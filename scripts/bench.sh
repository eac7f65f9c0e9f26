#!/usr/bin/env bash
# `npm run bench [-- bridge] [options]`: set-up, build, then the benchmarks; they print tables and are no part of the tests.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/setup.sh
check_node
install_modules
build || fail "The build failed."
npx tsc -p bench/tsconfig.json
exec node .setup/bench/bench/main.js "$@"
