/**
 * Lets esbuild put blessed 0.1.81 into one file that runs alone. @parley/terminal uses its tree, layout, focus and
 * widgets; everything that reads the environment, terminfo files or a terminal is left out, so that no terminfo is needed
 * and nothing is looked for on the disk:
 *
 *   lib/widget.js    required widgets by computed names      → static requires, without images, video, terminal, files
 *   lib/program.js   drives a terminal                       → refuses: a screen of Parley's brings its own
 *   lib/tput.js      reads and compiles terminfo             → nothing (xterm's sequences are in the painter)
 *   lib/unicode.js   required all of blessed for a tab       → doesn't
 */
import { readFile } from 'node:fs/promises';

const WIDGETS = [
  'Node',
  'Screen',
  'Element',
  'Box',
  'Text',
  'Line',
  'ScrollableBox',
  'ScrollableText',
  'List',
  'Form',
  'Input',
  'Textarea',
  'Textbox',
  'Button',
  'ProgressBar',
  'Checkbox',
  'RadioSet',
  'RadioButton',
  'Prompt',
  'Question',
  'Message',
  'Loading',
  'Listbar',
  'Log',
  'Table',
  'ListTable',
  'Layout',
];

const widgetModule = [
  'var widget = exports;',
  ...WIDGETS.map((name) => {
    const file = name.toLowerCase();
    return `widget[${JSON.stringify(name)}] = widget[${JSON.stringify(file)}] = require('./widgets/${file}');`;
  }),
  'widget.ListBar = widget.Listbar;',
].join('\n');

const programModule = `
module.exports = function Program() {
  throw new Error('blessed has no terminal of its own here: open screens with openScreen of @parley/terminal.');
};
module.exports.Program = module.exports;
`;

const tputModule = `
module.exports = function Tput() {};
module.exports.sprintf = function(text) { return text; };
module.exports.tryRead = function() { return null; };
`;

/** The esbuild plugin. Throws while building when blessed is not the version that it was written for. */
export function blessedPlugin() {
  return {
    name: 'blessed',
    setup(build) {
      const answer = (filter, contents) => build.onLoad({ filter }, () => ({ contents, loader: 'js' }));
      answer(/[\\/]blessed[\\/]lib[\\/]widget\.js$/, widgetModule);
      answer(/[\\/]blessed[\\/]lib[\\/]program\.js$/, programModule);
      answer(/[\\/]blessed[\\/]lib[\\/]tput\.js$/, tputModule);
      build.onLoad({ filter: /[\\/]blessed[\\/]lib[\\/]unicode\.js$/ }, async ({ path }) => {
        const source = await readFile(path, 'utf8');
        const contents = source.replace("exports.blessed = require('../');", 'exports.blessed = { screen: {} };');
        if (contents === source) throw new Error('blessed/lib/unicode.js is not that of 0.1.81.');
        return { contents, loader: 'js' };
      });
    },
  };
}
