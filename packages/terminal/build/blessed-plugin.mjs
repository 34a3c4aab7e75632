/**
 * Lets esbuild put what @parley/terminal uses of blessed 0.1.81 (its tree, layout and boxes) into one file that runs alone,
 * without what reads the environment or the disk:
 *
 *   lib/program.js   drives a terminal, by terminfo          → refuses: a screen of Parley's brings its own
 *   lib/unicode.js   requires all of blessed for a tab       → doesn't
 */
import { readFile } from 'node:fs/promises';

const programModule = `
module.exports = function Program() {
  throw new Error('blessed has no terminal of its own here: open screens with openScreen of @parley/terminal.');
};
module.exports.Program = module.exports;
`;

/** The esbuild plugin. Throws while building when blessed is not the version that it was written for. */
export function blessedPlugin() {
  return {
    name: 'blessed',
    setup(build) {
      build.onLoad({ filter: /[\\/]blessed[\\/]lib[\\/]program\.js$/ }, () => ({
        contents: programModule,
        loader: 'js',
      }));
      build.onLoad({ filter: /[\\/]blessed[\\/]lib[\\/]unicode\.js$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const contents = source.replace("exports.blessed = require('../');", 'exports.blessed = { screen: {} };');
        if (contents === source) throw new Error('blessed/lib/unicode.js is not that of 0.1.81.');
        return { contents, loader: 'js' };
      });
    },
  };
}
