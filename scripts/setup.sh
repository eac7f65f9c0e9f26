# Sourced by the other scripts: what a fresh Debian machine needs, and nothing when it is there already.

# One sentence and out.
fail() {
    echo "spybridge: $*" >&2
    exit 1
}

check_node() {
    command -v node >/dev/null || fail "Node.js 20.19 or newer is missing."
    node -e 'const [a, b] = process.versions.node.split("."); process.exit(a > 20 || (a == 20 && b >= 19) ? 0 : 1)' ||
        fail "Node.js $(node --version) is too old; 20.19 or newer is needed."
    local tool
    for tool in npm gcc make; do
        command -v "$tool" >/dev/null || fail "$tool is missing; on Debian: apt-get install npm gcc make."
    done
}

# Installs packages without starting their services, as Apache's and Docker's would be. Where the machine has a policy for
# that already, it stays.
install_packages() (
    policy=/usr/sbin/policy-rc.d
    if [ ! -e "$policy" ]; then
        trap 'rm -f "$policy"' EXIT
        printf '#!/bin/sh\nexit 101 # by spybridge, while it installs packages\n' >"$policy"
        chmod 755 "$policy"
    fi
    export DEBIAN_FRONTEND=noninteractive
    apt-get install -y -qq "$@" >/dev/null 2>&1 ||
        { apt-get update -qq >/dev/null && apt-get install -y -qq "$@" >/dev/null; }
)

# Installs what of the named Debian packages is missing: need_packages [--no-install-recommends] php-cli php-fpm
need_packages() {
    local missing=() options=() package
    for package in "$@"; do
        [[ $package == -* ]] && options+=("$package") && continue
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null ||
        fail "These Debian packages are missing: ${missing[*]}; install them (apt-get install ${missing[*]}) or run this as root."
    echo "Installing ${missing[*]} ..."
    install_packages "${options[@]}" "${missing[@]}" || fail "apt-get could not install ${missing[*]}."
}

# The same for packages that only some tests need: those are skipped without them.
wish_packages() {
    (need_packages --no-install-recommends "$@") || true
}

install_modules() {
    if [ ! -e node_modules/.package-lock.json ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then
        echo "Installing node modules ..."
        npm install --no-save --no-audit --no-fund --loglevel=error
        touch node_modules/.package-lock.json
    fi
}

build() {
    npm run --silent build
}
