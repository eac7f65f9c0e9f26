#!/usr/bin/env bash
# `npm run demo [-- --seconds N] [-- --pyroscope URL]`: sets up all it needs, then runs examples/demo.mjs.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/setup.sh
check_node
need_packages php-cli php-fpm php-sqlite3
install_modules
build
exec node examples/demo.mjs "$@"
