#!/usr/bin/env bash
# Makes .setup/buckets/{gofakes3,fake-gcs-server}: servers that speak like S3 and like Google Cloud Storage, by others, for the
# tests of the stores in buckets. Quick when they are there; a minute or two when not. Both are built by Debian's Go, too.
# What cannot be made says why and stops nothing: its tests are skipped then.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/setup.sh
bin=$PWD/.setup/buckets
modules=(
    github.com/johannesboyne/gofakes3/cmd/gofakes3@v0.0.0-20240701191259-edd0227ffc37
    github.com/fsouza/fake-gcs-server@v1.45.2
)

command -v go >/dev/null || wish_packages golang-go
if ! command -v go >/dev/null; then
    echo "There is no Go: the servers for buckets are not built." >&2
    exit 0
fi
mkdir -p "$bin"
for module in "${modules[@]}"; do
    program=${module%@*}
    program=$bin/${program##*/}
    [ -x "$program" ] && continue
    echo "Building ${program##*/} ..."
    (cd "$bin" && GOBIN=$bin GOFLAGS=-mod=mod timeout 600 go install "$module" >"$program.log" 2>&1) ||
        echo "${program##*/} cannot be built: $(tail -n 1 "$program.log")" >&2
done
