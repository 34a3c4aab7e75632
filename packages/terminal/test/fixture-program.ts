/** A small full-screen program for the bundle and PTY tests: shows what is typed, leaves on Ctrl-C. */
import Box from 'blessed/lib/widgets/box.js';
import { Editor, openScreen, Pane, style } from '../src/index.ts';

const { stdin, stdout } = process;
const editor = new Editor();
const screen = openScreen({
  input: stdin,
  output: stdout,
  size: { cols: stdout.columns, rows: stdout.rows },
  onInput: (event) => {
    if (event.type === 'key' && event.chord === 'ctrl+c') {
      screen.leave();
      process.exit(0);
    }
    editor.handle(event);
    pane.refresh();
  },
});
const pane = new Pane({
  parent: screen.root,
  width: '100%',
  height: '100%',
  paint: (canvas) => {
    canvas.frame(style({ fg: '#ff8800' }), 'ready');
    const { rows, cursor } = editor.layout(canvas.width - 4, 3);
    rows.forEach((line, y) => canvas.write(2, 1 + y, line));
    canvas.setCursor(2 + cursor.x, 1 + cursor.y);
  },
});
const tabbed = new Box({
  parent: screen.root,
  left: 3,
  top: 5,
  width: 12,
  height: 4,
  border: 'line',
  content: 'one\ntwo\tx',
});
const box = new Box({ parent: screen.root, left: 20, top: 5, width: 12, height: 3, border: 'line', content: 'boxed' });
for (const each of [tabbed, box]) each.show();
screen.setTitle('fixture');
stdout.on('resize', () => screen.resize({ cols: stdout.columns, rows: stdout.rows }));
screen.render();
