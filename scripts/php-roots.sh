#!/usr/bin/env bash
# Other PHP versions for the tests: Debian 11 (PHP 7.4) and 13 (PHP 8.4) in folders of their own, under .setup/roots.
# They stand for containers, too: another root, another libc. Without rights or network the tests that need them are skipped.
set -uo pipefail
cd "$(dirname "$0")/.."
source scripts/setup.sh

skip() {
    echo "spybridge: no root with another PHP: $*; the tests that need it are skipped."
    exit 0
}

[ "$(id -u)" -eq 0 ] || skip "it takes root to make one"
need_packages debootstrap
# The mirror that apt itself uses.
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE)' 'Created-By: Packages' 2>/dev/null |
    awk '$2 !~ /security|updates|backports/ { print $1; exit }')
[ -n "$mirror" ] || skip "apt knows no mirror"

for suite in bullseye trixie; do
    root=$PWD/.setup/roots/$suite
    [ -e "$root/.complete" ] && continue
    echo "Making a root with Debian $suite's PHP ..."
    rm -rf "$root"
    mkdir -p "$root"
    debootstrap --variant=minbase --include=php-cli,php-fpm "$suite" "$root" "$mirror" >"$root.log" 2>&1 ||
        skip "debootstrap $suite failed, see $root.log"
    touch "$root/.complete"
done
