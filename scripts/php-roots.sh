#!/usr/bin/env bash
# Makes .setup/roots/{bullseye,trixie,experimental}: Debian roots with PHP 7.4, 8.4 and 8.5 for the sampler's tests. They
# also stand for containers with another root folder and libc. Quick when they are there; a minute or two when none is.
# What cannot be made says why and stops nothing: the tests of that version are skipped then.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/setup.sh
roots=.setup/roots
suites=(bullseye trixie experimental)
headers=.setup/headers

give_up() {
    echo "$*" >&2
    exit 0
}

# The mirror that apt is configured with, for Debian's own packages.
mirror() {
    apt-get indextargets --format '$(CREATED_BY)|$(LABEL)|$(REPO_URI)' 2>/dev/null |
        sed -n 's/^Packages|Debian|//p' | head -n 1
}

# PHP's headers alone: the package would bring compilers along. Run where the PHP is, with the folder to fill.
fetch_headers='set -e
    version=$(php -r "echo PHP_MAJOR_VERSION, \".\", PHP_MINOR_VERSION;")
    cd "$(mktemp -d)"
    apt-get download "php$version-dev"
    dpkg -x php"$version"-dev_*.deb "$1"
    rm -r "$PWD"'

# Debian's releases have one PHP each.
fill_release() {
    debootstrap --variant=minbase --include=php-cli,php-fpm "$1" "$2" "$uri"
}

# The newest PHP comes to the suite experimental first, whose packages go on top of sid. Both change all the time: one
# day they do not fit together, or bring another PHP. Whether their lists may be old is what this machine's apt says.
fill_experimental() {
    local root=$2 valid
    valid=$(apt-config dump --format '%v%n' Acquire::Check-Valid-Until)
    debootstrap --variant=minbase sid "$root" "$uri" &&
        echo "deb $uri experimental main" >"$root/etc/apt/sources.list.d/experimental.list" &&
        chroot "$root" apt-get -o "Acquire::Check-Valid-Until=${valid:-true}" update &&
        chroot "$root" env DEBIAN_FRONTEND=noninteractive \
            apt-get install -y --no-install-recommends php8.5-cli php8.5-fpm
}

make_root() {
    local suite=$1 log=$roots/$1.log fill=fill_release
    [ "$suite" != experimental ] || fill=fill_experimental
    [ ! -x "$roots/$suite/usr/bin/php" ] || return 0
    echo "Making a root with Debian $suite ..."
    rm -rf --one-file-system "$roots/$suite.part"
    if ! "$fill" "$suite" "$roots/$suite.part" >"$log" 2>&1; then
        rm -rf --one-file-system "$roots/$suite.part"
        give_up "No root with the PHP of Debian $suite: it could not be made ($(tail -n 1 "$log")); see $log."
    fi
    chroot "$roots/$suite.part" sh -c "$fetch_headers" sh / >>"$log" 2>&1 ||
        echo "No headers of the PHP of Debian $suite; see $log." >&2
    mv "$roots/$suite.part" "$roots/$suite" # whole or not at all
}

# For the PHP of this machine, unless php-dev is installed.
add_headers() {
    ! compgen -G '/usr/include/php/*' "$headers/usr/include/php/*" >/dev/null || return 0
    mkdir -p "$headers"
    sh -c "$fetch_headers" sh "$PWD/$headers" >"$headers/log" 2>&1 ||
        echo "No headers of this machine's PHP; see $headers/log." >&2
}

mkdir -p "$roots"
command -v apt-get >/dev/null || give_up "No other PHP to test with: this is no Debian machine."
add_headers
missing=0
for suite in "${suites[@]}"; do [ -x "$roots/$suite/usr/bin/php" ] || missing=1; done
[ $missing -eq 1 ] || exit 0
[ "$(id -u)" -eq 0 ] || give_up "No roots with other versions of PHP: only root can make them."
uri=$(mirror)
[ -n "$uri" ] || give_up "No roots with other versions of PHP: apt knows no mirror of Debian."
(need_packages debootstrap) || give_up "No roots with other versions of PHP: debootstrap is missing."
for suite in "${suites[@]}"; do make_root "$suite" & done
wait
