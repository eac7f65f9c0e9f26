// Preloaded in a thread that runs from the sources: see ts-hooks.mjs.
import { register } from 'node:module';

register('../../collect/ts-hooks.mjs', import.meta.url);
