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

# Installs what of the named Debian packages is missing: need_packages php-cli php-fpm
need_packages() {
    local missing=() package
    for package in "$@"; do
        dpkg-query -W -f '${Status}' "$package" 2>/dev/null | grep -q 'ok installed' || missing+=("$package")
    done
    [ ${#missing[@]} -eq 0 ] && return
    [ "$(id -u)" -eq 0 ] && command -v apt-get >/dev/null ||
        fail "These Debian packages are missing: ${missing[*]}; install them (apt-get install ${missing[*]}) or run this as root."
    echo "Installing ${missing[*]} ..."
    export DEBIAN_FRONTEND=noninteractive
    local install=(apt-get install -y -qq ${APT_OPTIONS:-} "${missing[@]}")
    "${install[@]}" >/dev/null 2>&1 ||
        { apt-get update -qq >/dev/null && "${install[@]}" >/dev/null; } ||
        fail "apt-get could not install ${missing[*]}."
}

# The same for packages that only some tests need: those are skipped without them.
wish_packages() {
    (APT_OPTIONS=--no-install-recommends need_packages "$@") || true
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
