/** The terminal on the page: xterm.js with its font, renderer, selection, links, paste and keys. Knows no connection. */
import { PAGE_OSC } from '@parley/protocol';
import { FitAddon } from '@xterm/addon-fit';
import { UnicodeGraphemesAddon } from '@xterm/addon-unicode-graphemes';
import { Terminal } from '@xterm/xterm';
import { AlternateScreen } from './alternate-screen.ts';
import { copyText, readClipboardWrite } from './clipboard.ts';
import { keepCompositionInSight } from './composition.ts';
import { ColorReports } from './color-reports.ts';
import { openLink, provideLinks } from './links.ts';
import { type MessagePane, readMessagePane } from './message-pane.ts';
import { type Notice, readNotice } from './notifications.ts';
import { cleanPaste } from './paste.ts';
import { keepPreference, readPreference } from './preferences.ts';
import { readLines, type ScreenLine, type TextArea } from './screen-text.ts';
import { isForProgram, type TerminalKeyActions } from './terminal-keys.ts';
import { backgroundColor, screenRows } from './terminal-screen.ts';
import { TextSelection } from './text-selection.ts';
import { TaughtPalette } from './palette.ts';
import { type ColorScheme, themes } from './theme.ts';
import { placeIn } from './title.ts';
import { followTouch } from './touch.ts';

export interface TerminalSize {
  cols: number;
  rows: number;
}

export interface TerminalViewOptions {
  readonly container: HTMLElement;
  /** Draws with the DOM or with WebGL; undefined: with what is faster here. */
  readonly renderer: 'dom' | 'webgl' | undefined;
  readonly screenReader: boolean;
  readonly colorScheme: ColorScheme;
  /** Bytes of what was typed, pasted or pointed at. */
  readonly onInput: (bytes: Uint8Array<ArrayBuffer>) => void;
  readonly onResize: (size: TerminalSize) => void;
  readonly onTitle: (title: string) => void;
  /** The program shows its cursor, as one does that takes text; or it says by another title where it is taken. */
  readonly onPrompt: () => void;
  /** The colour that the program paints its edge with, for what is around it. */
  readonly onBackground: (color: string) => void;
  readonly onNotice: (notice: Notice) => void;
  /** Text of the terminal, or of its program's, is in the clipboard. */
  readonly onCopied: () => void;
  /** What else the program tells the page alone. */
  readonly onPageEscape: (data: string) => void;
}

const FONT = 'JetBrains Mono';
const FONT_STACK = `"${FONT}", "Box Drawing", ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace`;
const FONT_SIZES = { least: 8, most: 32 };
/** A font that does not come must not keep the page empty. */
const FONT_TIMEOUT_MS = 3000;
/** By then a canvas has the size that its observer was told. */
const SCALE_CHECK_MS = 500;
/** Aborts an escape sequence that a lost connection left half-way. */
const CANCEL = '\x18';
/** The mode of a cursor that is seen. */
const SHOW_CURSOR = 25;

export class TerminalView {
  readonly #terminal: Terminal;
  readonly #fit = new FitAddon();
  readonly #encoder = new TextEncoder();
  readonly #selection: TextSelection;
  readonly #alternate: AlternateScreen;
  readonly #colors: ColorReports;
  readonly #palette: TaughtPalette;
  readonly #onCopied: () => void;
  /** Sanitised, and as large as the screen was when the program told it. */
  #pane: MessagePane | undefined;
  /** The program has said that it shows none. */
  #hasNoPane = false;
  #title = '';

  /** Resolves when the terminal can be written to and has its size. */
  static async open(options: TerminalViewOptions): Promise<TerminalView> {
    const fontSize = rememberedFontSize();
    const loads = [`${fontSize}px "${FONT}"`, `bold ${fontSize}px "${FONT}"`].map((font) => document.fonts.load(font));
    await Promise.race([Promise.allSettled(loads), new Promise((resolve) => setTimeout(resolve, FONT_TIMEOUT_MS))]);
    const view = new TerminalView(options, fontSize);
    if ((options.renderer ?? fasterRenderer()) === 'webgl') await view.#drawWithWebGl(options.container);
    view.#listen(options);
    return view;
  }

  private constructor(options: TerminalViewOptions, fontSize: number) {
    this.#terminal = new Terminal({
      theme: themes[options.colorScheme],
      fontSize,
      fontFamily: FONT_STACK,
      fontWeightBold: 700,
      scrollback: 0,
      cursorBlink: true,
      customGlyphs: true,
      // Bold is a weight: the program's colours by number stay what they are.
      drawBoldTextInBrightColors: false,
      rescaleOverlappingGlyphs: true,
      macOptionIsMeta: true,
      screenReaderMode: options.screenReader,
      // For choosing the width table.
      allowProposedApi: true,
      linkHandler: { activate: (_event, address) => openLink(address), allowNonHttpProtocols: false },
    });
    const terminal = this.#terminal;
    const { container } = options;
    this.#onCopied = options.onCopied;
    terminal.loadAddon(this.#fit);
    terminal.loadAddon(new UnicodeGraphemesAddon());
    // What the page showed until now.
    container.replaceChildren();
    terminal.open(container);
    this.#silence();
    if (terminal.textarea !== undefined) {
      terminal.textarea.enterKeyHint = 'send';
      terminal.textarea.setAttribute('aria-description', 'F6 leads to the page’s own controls.');
    }
    keepCompositionInSight(container);
    this.#selection = new TextSelection({
      terminal,
      container,
      pane: () => this.#pane,
      linesOf: (area) => this.#lines(area),
      onSelect: (text) => void this.#copy(text),
    });
    this.#alternate = new AlternateScreen(terminal);
    this.#colors = new ColorReports(terminal);
    this.#palette = new TaughtPalette(terminal);
    provideLinks(terminal, (row) => this.#linesAt(row));
    this.#takeEscapes(options);
    // With WebGL the backgrounds of the panes would stay: an empty screen changes no cell, and only then are they drawn anew.
    terminal.buffer.onBufferChange(({ type }) => {
      if (type === 'normal') terminal.write(' \r');
    });
    const keyActions: TerminalKeyActions = {
      type: (text) => this.input(text),
      changeFontSize: (by) => this.changeFontSize(by),
      copySelection: () => this.#copySelection(),
    };
    // As xterm finds out whose Option is Alt.
    const isMac = navigator.platform.startsWith('Mac');
    terminal.attachCustomKeyEventHandler((event) => isForProgram(event, keyActions, isMac));
    container.addEventListener('paste', (event) => this.#paste(event), { capture: true });
    followTouch({
      element: container,
      onScroll: (lines, x, y) => this.#wheel(lines, x, y),
      onHold: (x, y) => this.#selection.selectLine(x, y),
    });
    this.fit();
  }

  get size(): TerminalSize {
    return { cols: this.#terminal.cols, rows: this.#terminal.rows };
  }

  /** Takes the size that the container has room for. */
  fit(): void {
    this.#fit.fit();
  }

  focus(): void {
    this.#terminal.focus();
  }

  /** `done` is called when the bytes are parsed. */
  write(bytes: Uint8Array, done: () => void): void {
    this.#terminal.write(bytes, done);
  }

  /** Before the first bytes of a connection: a program that runs on repaints by itself, a new one starts on a clean screen. */
  prepare(resumed: boolean): void {
    this.#pane = undefined;
    this.#hasNoPane = false;
    if (resumed) return this.#terminal.write(CANCEL);
    this.#terminal.reset();
    this.#colors.forget();
  }

  /** Where the program has its person, as its title names it: empty where it shows no messages, undefined until it has told. */
  get place(): string | undefined {
    if (this.#pane !== undefined) return placeIn(this.#title);
    return this.#hasNoPane ? '' : undefined;
  }

  /** As if typed. */
  input(text: string): void {
    this.#terminal.input(text);
  }

  /** `undefined`: as it was at first. */
  changeFontSize(by: number | undefined): void {
    const size = by === undefined ? firstFontSize() : (this.#terminal.options.fontSize ?? firstFontSize()) + by;
    const fontSize = Math.min(FONT_SIZES.most, Math.max(FONT_SIZES.least, size));
    this.#terminal.options.fontSize = fontSize;
    keepPreference('font-size', by === undefined ? '' : String(fontSize));
    this.fit();
  }

  /** Arrow keys as the program has asked for them. */
  get arrowPrefix(): string {
    return this.#terminal.modes.applicationCursorKeysMode ? '\x1bO' : '\x1b[';
  }

  /** A copy of the screen for screen readers, at a price: typing accents and soft keyboards suffer. */
  set screenReader(on: boolean) {
    this.#terminal.options.screenReaderMode = on;
    this.#silence();
  }

  /** The program hears of it and paints itself anew. */
  set colorScheme(scheme: ColorScheme) {
    this.#terminal.options.theme = this.#palette.in(themes[scheme]);
    this.#colors.tell(scheme);
  }

  /** The screen as text, a string a row: for tests. */
  screen(): string[] {
    const { active } = this.#terminal.buffer;
    return Array.from(
      { length: this.#terminal.rows },
      (_, row) => active.getLine(active.viewportY + row)?.translateToString(true) ?? '',
    );
  }

  /** Last of all: what happens while the terminal opens is of no interest to anyone. */
  #listen({ onInput, onTitle, onPrompt, onResize, onBackground }: TerminalViewOptions): void {
    const terminal = this.#terminal;
    terminal.onData((text) => onInput(this.#encoder.encode(text)));
    terminal.onBinary((bytes) => onInput(Uint8Array.from(bytes, (character) => character.charCodeAt(0))));
    terminal.onTitleChange((title) => {
      this.#title = title;
      onTitle(title);
      if (this.#pane !== undefined) onPrompt();
    });
    terminal.parser.registerCsiHandler({ prefix: '?', final: 'h' }, (modes) => {
      if (modes.includes(SHOW_CURSOR)) onPrompt();
      // Showing it is xterm's.
      return false;
    });
    terminal.onKey(() => this.#selection.clear());
    terminal.onResize(({ cols, rows }) => {
      if (this.#alternate.isMending) return;
      this.#pane = undefined;
      onResize({ cols, rows });
    });
    let background = '';
    terminal.onRender(() => {
      const seen = backgroundColor(terminal, this.#palette.colors) ?? terminal.options.theme?.background ?? '';
      if (seen !== background) onBackground((background = seen));
    });
  }

  /**
   * xterm speaks what is painted, cells in no order, and nothing more after 21 lines until a key: the page speaks what the
   * program says in words. Its region is another one each time that the mode is turned on.
   */
  #silence(): void {
    this.#terminal.element?.querySelector('.live-region')?.setAttribute('aria-live', 'off');
  }

  /** What the program tells the page besides its picture. Each is taken even when it means nothing: none is for the screen. */
  #takeEscapes({ onNotice, onPageEscape }: TerminalViewOptions): void {
    const { parser } = this.#terminal;
    const take = (code: number, act: (data: string) => void): void => {
      parser.registerOscHandler(code, (data) => {
        act(data);
        return true;
      });
    };
    take(PAGE_OSC, (data) => {
      if (!data.startsWith('messages')) return onPageEscape(data);
      this.#pane = readMessagePane(data, this.size);
      this.#hasNoPane = data === 'messages';
    });
    take(52, (data) => {
      const text = readClipboardWrite(data);
      if (text !== undefined) void this.#copy(text);
    });
    for (const code of [9, 777] as const) {
      take(code, (data) => {
        const notice = readNotice(code, data);
        if (notice !== undefined) onNotice(notice);
      });
    }
  }

  #lines(area: TextArea): ScreenLine[] {
    return readLines(screenRows(this.#terminal), area);
  }

  #linesAt(row: number): ScreenLine[] {
    const { cols, rows } = this.size;
    const pane = this.#pane;
    const isMessage = pane !== undefined && row >= pane.top && row < pane.top + pane.rows;
    return this.#lines(isMessage ? pane : { left: 0, top: 0, cols, rows, text: undefined });
  }

  #copySelection(): boolean {
    const { text } = this.#selection;
    if (text === '') return false;
    void this.#copy(text);
    this.#selection.clear();
    return true;
  }

  async #copy(text: string): Promise<void> {
    if (await copyText(text)) this.#onCopied();
  }

  /** As a mouse's wheel, which xterm reports as the program has asked for it. */
  #wheel(lines: number, clientX: number, clientY: number): void {
    const at = { clientX, clientY, deltaY: lines, deltaMode: WheelEvent.DOM_DELTA_LINE };
    this.#terminal.element?.dispatchEvent(new WheelEvent('wheel', { bubbles: true, cancelable: true, ...at }));
  }

  async #drawWithWebGl(container: HTMLElement): Promise<void> {
    try {
      const { WebglAddon } = await import('@xterm/addon-webgl');
      const webgl = new WebglAddon();
      const giveUp = (): void => {
        // xterm goes on with the DOM renderer, whose cells have another width.
        webgl.dispose();
        this.fit();
      };
      webgl.onContextLoss(giveUp);
      this.#terminal.loadAddon(webgl);
      setTimeout(() => {
        if (!isToScale(container)) giveUp();
      }, SCALE_CHECK_MS);
    } catch {
      // No WebGL here; the DOM renderer is there already.
    }
    this.fit();
  }

  #paste(event: ClipboardEvent): void {
    event.preventDefault();
    event.stopPropagation();
    const text = cleanPaste(event.clipboardData?.getData('text/plain') ?? '');
    if (text !== '') this.#terminal.paste(text);
  }
}

/** On a phone about 46 columns: one pane, of letters that can be read at arm's length. */
const firstFontSize = (): number => (window.matchMedia('(max-width: 600px)').matches ? 14 : 15);

function rememberedFontSize(): number {
  const size = Number(readPreference('font-size') ?? '');
  return Number.isInteger(size) && size >= FONT_SIZES.least && size <= FONT_SIZES.most ? size : firstFontSize();
}

/** Where there is no graphics card WebGL is computed, and each key takes ten times as long to be seen as with the DOM. */
function fasterRenderer(): 'dom' | 'webgl' {
  const context = document.createElement('canvas').getContext('webgl2');
  if (context === null) return 'dom';
  const unmasked = context.getExtension('WEBGL_debug_renderer_info')?.UNMASKED_RENDERER_WEBGL;
  const device = String(context.getParameter(unmasked ?? context.RENDERER));
  context.getExtension('WEBGL_lose_context')?.loseContext();
  return /swiftshader|llvmpipe|softpipe|software|basic render/i.test(device) ? 'dom' : 'webgl';
}

/** Some browsers (with an emulated screen, for one) tell an observer other device pixels than they draw: half of all is lost. */
function isToScale(container: HTMLElement): boolean {
  const canvas = container.querySelector<HTMLCanvasElement>('canvas:not(.xterm-link-layer)');
  if (canvas === null) return true;
  const scale = canvas.width / Number.parseFloat(canvas.style.width);
  return Math.abs(scale / window.devicePixelRatio - 1) < 0.1;
}
