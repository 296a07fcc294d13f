// Preloaded into a program of the examples: it then finds the library by its name, as where it is installed.
import { registerHooks } from 'node:module';
import { pathToFileURL } from 'node:url';

const ENTRIES = { '@konductor/sdk': 'index.cjs', '@konductor/sdk/testing': 'testing.cjs' };

registerHooks({
  resolve(specifier, context, next) {
    if (!Object.hasOwn(ENTRIES, specifier)) return next(specifier, context);
    const url = pathToFileURL(`${process.env.KONDUCTOR_LIBRARY}/${ENTRIES[specifier]}`).href;
    return { url, shortCircuit: true };
  },
});
