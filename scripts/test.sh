#!/usr/bin/env bash
# `npm test`: set-up, checks, all tests; the last line is `N passed, N failed, N skipped`.
set -uo pipefail
cd "$(dirname "$0")/.."
source scripts/setup.sh
check_node
need_packages php-cli php-fpm php-sqlite3 chromium tmux
need_packages --no-install-recommends apache2-bin libapache2-mod-php libphp-embed
command -v dockerd >/dev/null || need_packages --no-install-recommends docker.io # it would push out another Docker
wish_packages gcc-aarch64-linux-gnu libc6-dev-arm64-cross qemu-user-static
wish_packages clang
wish_packages clickhouse-server
command -v clang >/dev/null && wish_packages "libclang-rt-$(clang -dumpversion 2>/dev/null | cut -d. -f1)-dev" # libFuzzer
install_modules
build || fail "The build failed."
bash scripts/php-roots.sh
bash scripts/bucket-servers.sh

results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
status=0
npm run --silent check || status=1
npx vitest run --project unit --reporter=default --reporter=json --outputFile.json="$results/unit.json" || status=1
npx vitest run --project e2e --reporter=default --reporter=json --outputFile.json="$results/e2e.json" || status=1
node scripts/count-tests.mjs "$status" "$results"/unit.json "$results"/e2e.json || status=1
exit "$status"
