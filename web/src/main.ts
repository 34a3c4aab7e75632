/** Wires the page: terminal, connection, bar, keys and notifications. */
import './style-policy.ts';
import '@xterm/xterm/css/xterm.css';
import './fonts.css';
import './page.css';
import { type Attach, speechRequest } from '@parley/protocol';
import { Connection } from './connection.ts';
import { CopiedSign } from './copied.ts';
import { KeyBar } from './key-bar.ts';
import { followNetwork } from './network.ts';
import { Notifications } from './notifications.ts';
import { setScreenReader } from './screen-reader.ts';
import { readSpokenWords, speak } from './spoken-words.ts';
import { isOnControl, leadByF6 } from './page-controls.ts';
import { StatusBar } from './status-bar.ts';
import { claimTabId } from './tab-id.ts';
import { TerminalView } from './terminal-view.ts';
import { applyBackground, themes } from './theme.ts';
import { readThemeWish, ThemeChoice } from './theme-choice.ts';
import { showTitle } from './title.ts';

const query = new URLSearchParams(location.search);
const room = query.get('room') ?? undefined;
const nick = query.get('nick') ?? undefined;
const timezone = Intl.DateTimeFormat().resolvedOptions().timeZone as string | undefined;
/** Either may change while the terminal is being made. */
let reader = setScreenReader(elementCalled('reader'), query.get('screenreader'), (on) => void switchReader(on));
const theme = new ThemeChoice(elementCalled('theme'), query.get('theme'), (scheme) => {
  void opening.then((opened) => (opened.colorScheme = scheme));
});
applyBackground(themes[theme.scheme].background);
const copied = new CopiedSign(elementCalled('copied'));

const opening = TerminalView.open({
  container: elementCalled('terminal'),
  renderer: (['dom', 'webgl'] as const).find((name) => name === query.get('renderer')),
  screenReader: reader,
  colorScheme: theme.scheme,
  onInput: (bytes) => connection.send(keys.apply(bytes)),
  onResize: ({ cols, rows }) => connection.resize(cols, rows),
  onBackground: applyBackground,
  onTitle: showTitle,
  onPrompt: () => connection.prompted(),
  onNotice: (notice) => notifications.tell(notice),
  onCopied: () => copied.show(),
  onPageEscape: (data) => {
    const wish = readThemeWish(data);
    if (wish !== undefined) theme.wish(wish);
    const words = readSpokenWords(data);
    if (words === undefined) return;
    // A program that runs on may not know that nobody listens any more.
    if (reader) speak(elementCalled('spoken'), words);
    else askForWords();
  },
});
const loading = Promise.all([opening, claimTabId()]);
const [view, tab] = await loading;
let isFirstAttach = true;

const bar = new StatusBar(elementCalled('bar'), { retry: () => connection.retry(), layout: () => view.fit() });
const notifications = new Notifications({
  offer: (answer) => {
    const action = (label: string, wanted: boolean) => ({
      label,
      run: () => {
        answer(wanted);
        view.focus();
      },
    });
    bar.offer({
      text: 'Shall Parley notify you of mentions and direct messages?',
      actions: [action('Yes', true), action('No', false)],
    });
  },
});
const keys = new KeyBar({
  element: elementCalled('keys'),
  onKey: (text) => view.input(text),
  arrowPrefix: () => view.arrowPrefix,
  changeFontSize: (by) => view.changeFontSize(by),
});

let hasProgram = false;
const connection = new Connection({
  createSocket: () => new WebSocket(new URL('/terminal', location.href.replace(/^http/, 'ws'))),
  attach: (): Attach => ({
    type: 'attach',
    ...view.size,
    tab: tab.id,
    ...(tab.fresh && isFirstAttach ? { fresh: true } : {}),
    ...(room === undefined ? {} : { room: room.slice(0, 256) }),
    ...(nick === undefined ? {} : { nick: nick.slice(0, 256) }),
    ...(timezone === undefined ? {} : { timezone }),
    theme: theme.scheme,
  }),
  onState: (state) => {
    bar.show(state);
    // Until a program comes, and after it has left of itself, nothing is there but a cursor.
    if (state.name === 'attached') hasProgram = true;
    else if (state.name === 'ended' && state.reason === undefined) hasProgram = false;
    elementCalled('terminal').toggleAttribute('data-blank', !hasProgram);
    // What became of the first attach is not known for sure: the next one may come back to it.
    if (state.name !== 'connecting') isFirstAttach = false;
    // xterm knows no stack of titles: the program can't give back the one that was there before.
    if (state.name === 'ended') showTitle('');
    if (state.name !== 'attached') return;
    // The window may have changed while nothing was there to tell.
    view.fit();
    if (!isOnControl()) view.focus();
  },
  onBytes: (bytes, done) => view.write(bytes, done),
  onAttached: (resumed) => {
    view.prepare(resumed);
    if (reader) askForWords();
  },
  place: () => view.place,
  onHeld: (text, isFull) => bar.showHeld(text, isFull),
  onNotice: (message) => bar.notice(message),
});

async function switchReader(on: boolean): Promise<void> {
  reader = on;
  const [opened] = await loading;
  opened.screenReader = on;
  askForWords();
}

/** Words to speak, or none: the program is to know which. */
function askForWords(): void {
  connection.send(new TextEncoder().encode(speechRequest(reader)));
}

/** The soft keyboard takes its part of the window without telling the layout, on some systems. */
function takeRoom(): void {
  const { visualViewport } = window;
  if (visualViewport !== null && Math.abs(visualViewport.scale - 1) < 0.01) {
    document.body.style.setProperty('--viewport-height', `${visualViewport.height}px`);
    window.scrollTo(0, 0);
  }
  // Without a connection the last screen stays as it is: a program repaints, xterm alone would tear it.
  if (connection.state.name === 'attached') view.fit();
  else bar.refit();
}
// The person's own doing, not any input: xterm answers a program's questions by itself, the first thing after a new start.
for (const doing of ['keydown', 'pointerdown', 'paste'] as const) {
  elementCalled('terminal').addEventListener(doing, () => bar.dismissNotice(), { capture: true });
}
leadByF6(elementCalled('terminal'), {
  firstControl: () => bar.firstControl ?? elementCalled('reader'),
  focusTerminal: () => view.focus(),
});
window.addEventListener('resize', takeRoom);
window.visualViewport?.addEventListener('resize', takeRoom);
followNetwork(connection);
takeRoom();
view.fit();
view.focus();

if (query.get('test') === '1') {
  Object.assign(window, {
    __parley: {
      screen: () => view.screen(),
      size: () => view.size,
      state: () => connection.state.name,
      /** As if the program had written it. */
      write: (text: string) => view.write(new TextEncoder().encode(text), () => {}),
    },
  });
}
connection.retry();

function elementCalled(id: string): HTMLElement {
  const element = document.getElementById(id);
  if (element === null) throw new Error(`the page has no #${id}`);
  return element;
}
