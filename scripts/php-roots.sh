#!/usr/bin/env bash
# Makes .setup/roots/{bullseye,trixie}: Debian roots with PHP 7.4 and 8.4 for the sampler's tests. They also stand for
# containers with another root folder and libc. Quick when they are there; about a minute each when they are not.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/setup.sh
roots=.setup/roots

# The tests of these versions are skipped then, with the same reason.
give_up() {
    echo "No roots with PHP 7.4 and 8.4: $*" >&2
    exit 0
}

# The mirror that apt is configured with, for Debian's own packages.
mirror() {
    apt-get indextargets --format '$(CREATED_BY)|$(LABEL)|$(REPO_URI)' 2>/dev/null |
        sed -n 's/^Packages|Debian|//p' | head -n 1
}

# PHP's headers alone: the package would bring compilers along.
add_headers() {
    local version
    version=$(chroot "$1" php -r 'echo PHP_MAJOR_VERSION, ".", PHP_MINOR_VERSION;')
    chroot "$1" sh -c "cd /tmp && apt-get download php$version-dev && dpkg -x php$version-dev_*.deb / && rm php$version-dev_*.deb"
}

make_root() {
    local suite=$1 log=$roots/$1.log
    [ -x "$roots/$suite/usr/bin/php" ] && return
    echo "Making a root with Debian $suite ..."
    rm -rf "$roots/$suite.part"
    debootstrap --variant=minbase --include=php-cli,php-fpm "$suite" "$roots/$suite.part" "$uri" >"$log" 2>&1 ||
        give_up "debootstrap failed; see $log."
    add_headers "$roots/$suite.part" >>"$log" 2>&1 || echo "Its headers are missing; see $log."
    mv "$roots/$suite.part" "$roots/$suite" # whole or not at all
}

mkdir -p "$roots"
if [ -x "$roots/bullseye/usr/bin/php" ] && [ -x "$roots/trixie/usr/bin/php" ]; then exit 0; fi
[ "$(id -u)" -eq 0 ] || give_up "only root can make them."
command -v apt-get >/dev/null || give_up "this is no Debian machine."
uri=$(mirror)
[ -n "$uri" ] || give_up "apt knows no mirror of Debian."
(need_packages debootstrap) || give_up "debootstrap is missing."
make_root bullseye
make_root trixie
