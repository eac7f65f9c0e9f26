#!/usr/bin/env bash
# `npm run build`: checked and declared by tsc, bundled to dist/app; the web page to dist/page; and the samplers in C.
set -euo pipefail
cd "$(dirname "$0")/.."
npx tsc -p tsconfig.build.json
node scripts/bundle.mjs
npx tsc -p src/serve/page
npx vite build
if [ -f native/Makefile ]; then make -s -C native; fi
