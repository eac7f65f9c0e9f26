#!/usr/bin/env bash
# `npm run build`: TypeScript to dist/, and the samplers in C where they are.
set -euo pipefail
cd "$(dirname "$0")/.."
npx tsc -p tsconfig.build.json
if [ -f native/Makefile ]; then make -s -C native; fi
