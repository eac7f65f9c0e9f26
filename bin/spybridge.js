#!/usr/bin/env node
// First of all, since loading takes a while: without a handler USR1 opens Node's inspector.
process.on('SIGUSR1', () => {});
await import('../dist/app/main.js');
