import { type Color, type Style, style } from '@parley/terminal';
import { describe, expect, it } from 'vitest';
import { colorless, dark16, light16 } from './basic.ts';
import { nearestOf256, readColorDepth } from './color-depth.ts';
import { dark, dark256, numberedDark } from './dark.ts';
import { light, light256, numberedLight } from './light.ts';
import { nickStyle, type Theme } from './theme.ts';

/** Meant to be overlooked: lines, and what stands behind what matters. */
const QUIET: readonly string[] = ['rule', 'popupFrame'];

/** Red, green and blue from 0 to 255. */
function channelsOf(color: Color | undefined): number[] {
  if (typeof color === 'string') return [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16));
  if (color === undefined || color < 16) throw new Error('A theme says both of its colours.');
  if (color >= 232) return Array.from({ length: 3 }, () => 8 + 10 * (color - 232));
  return [36, 6, 1].map((step) => [0, 95, 135, 175, 215, 255][Math.floor((color - 16) / step) % 6] ?? 0);
}

function luminance(color: Color | undefined): number {
  const channels = channelsOf(color).map((part) => part / 255);
  const [r = 0, g = 0, b = 0] = channels.map((part) =>
    part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast({ options }: Style): number {
  const [light = 0, shade = 0] = [luminance(options.fg), luminance(options.bg)].toSorted((a, b) => b - a);
  return (light + 0.05) / (shade + 0.05);
}

const isStyle = (value: unknown): value is Style => typeof value === 'object' && value !== null && 'sgr' in value;
const stylesOf = (theme: Theme): [string, Style][] =>
  Object.entries(theme).flatMap(([name, value]) => {
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return values.filter(isStyle).map((style): [string, Style] => [name, style]);
  });

describe.each([dark, light, dark256(), light256()])('the $name theme', (theme) => {
  const isRounded = theme.name.endsWith('256');
  /** Rounding may cost a tenth. */
  const atLeast = (wanted: number): number => (isRounded ? 0.9 * wanted : wanted);

  it('can be read: each text has a contrast of 4.5 on its background', () => {
    const poor = stylesOf(theme).filter(([name, style]) => !QUIET.includes(name) && contrast(style) < atLeast(4.5));
    expect(poor.map(([name, style]) => `${name} ${contrast(style).toFixed(2)}`)).toEqual([]);
  });

  it('can be read where text stands on another background than its own', () => {
    const { mentionBackground, sideActive, faint, link, nicks, sideFaint, badge, mentionBadge } = theme;
    const strong = [link, ...nicks].map((style) => style.on(mentionBackground));
    const onChosen = [badge, mentionBadge].map((style) => style.on(sideActive));
    for (const style of [...strong, ...onChosen]) expect(contrast(style)).toBeGreaterThanOrEqual(atLeast(4.5));
    // The time, and the sign before a room's name: behind what matters.
    for (const style of [faint.on(mentionBackground), sideFaint.on(sideActive)]) {
      expect(contrast(style)).toBeGreaterThanOrEqual(atLeast(3));
    }
  });

  it('shows where things end: backgrounds and lines differ from what is beside them', () => {
    const { background, side, header, sideActive, mentionBackground, rule, popupFrame } = theme;
    const differs = (a: Style, b: Style): number => contrast(style({ fg: a.options.bg, bg: b.options.bg }));
    for (const other of [side, header, sideActive, mentionBackground])
      expect(differs(background, other)).toBeGreaterThan(isRounded ? 1.02 : 1.05);
    expect(contrast(rule)).toBeGreaterThan(atLeast(1.4));
    expect(contrast(popupFrame)).toBeGreaterThan(atLeast(2.5));
  });

  it('gives people who come one after the other different colours', () => {
    const colors = Array.from({ length: theme.nicks.length }, (_, id) => nickStyle(theme, String(id)).sgr);
    expect(new Set(colors).size).toBeGreaterThanOrEqual(isRounded ? 8 : theme.nicks.length);
  });
});

it('the themes are of one kind: whatever has a style in one has it in the other', () => {
  const weights = (theme: Theme): [string, boolean | undefined][] =>
    stylesOf(theme).map(([name, { options }]) => [name, options.bold]);
  expect(weights(light)).toEqual(weights(dark));
});

it.each([
  [dark, numberedDark],
  [light, numberedLight],
] as const)('the $name theme by number is the same once a terminal is taught its colours', (named, numbered) => {
  const { colors = [] } = numbered;
  const look = (color: Color | undefined): string | undefined => (typeof color === 'number' ? colors[color] : color);
  const looks = stylesOf(numbered).map(([name, { options }]) => [
    name,
    { ...options, fg: look(options.fg), bg: look(options.bg) },
  ]);
  expect(looks).toEqual(stylesOf(named).map(([name, { options }]) => [name, options]));
  expect(colors.every((color) => /^#[\da-f]{6}$/.test(color))).toBe(true);
  expect(named.colors).toBeUndefined();
});

it('the nearest of 256 colours is in the cube or among the grays', () => {
  const nearest = ['#000000', '#ffffff', '#5f87af', '#808080', '#14161b'].map(nearestOf256);
  expect(nearest).toEqual([16, 231, 67, 244, 234]);
});

describe.each([dark16(), light16(), colorless()])('the $name theme', (theme) => {
  it('leaves text and background as the terminal has them, and names no colour that it may not have', () => {
    for (const [, { options }] of stylesOf(theme)) {
      expect(options.bg).toBeUndefined();
      expect([undefined, ...Array.from({ length: 16 }).keys()]).toContain(options.fg);
      // Standout, to some.
      expect(options.italic).not.toBe(true);
    }
  });

  it('shows what is chosen, focused, named or new by more than a colour', () => {
    const flags = ({ options: { bold, underline, inverse } }: Style): unknown[] =>
      [bold, underline, inverse].map(Boolean);
    for (const [one, other] of [
      ['sideActive', 'sideUnread'],
      ['sideUnread', 'side'],
      ['mentionBadge', 'badge'],
      ['badge', 'side'],
      ['mention', 'mentionBackground'],
      ['mentionBackground', 'background'],
      ['selected', 'popup'],
      ['selectedFaint', 'popupFaint'],
      ['fieldFocused', 'field'],
      ['field', 'popup'],
      ['buttonFocused', 'button'],
      ['tabChosen', 'tab'],
      ['tabFocused', 'tabChosen'],
      ['header', 'background'],
    ] as const) {
      expect([one, flags(theme[one])]).not.toEqual([one, flags(theme[other])]);
    }
    // What stands in the bar of what is chosen leaves no hole there.
    expect(theme.badge.on(theme.sideActive).options.inverse).toBe(true);
    expect(theme.badge.on(theme.side)).toBe(theme.badge);
  });
});

it.each([
  ['truecolor', { TERM: 'xterm-256color', COLORTERM: 'truecolor' }],
  ['truecolor', { TERM: 'xterm', COLORTERM: '24bit' }],
  ['truecolor', { TERM: 'tmux-256color' }],
  ['truecolor', { TERM: 'screen', TMUX: '/tmp/tmux-0/default,1,0' }],
  ['truecolor', { TERM: 'xterm-kitty' }],
  ['truecolor', { TERM: 'foot-extra' }],
  ['truecolor', { TERM: 'xterm-direct' }],
  ['truecolor', { OS: 'Windows_NT' }],
  ['256', { TERM: 'xterm-256color', COLORTERM: '' }],
  ['256', { TERM: 'rxvt-unicode-256color', COLORTERM: 'rxvt' }],
  // What is around GNU screen has told of itself.
  ['256', { TERM: 'screen-256color', STY: '1.pts', COLORTERM: 'truecolor' }],
  ['16', { TERM: 'screen', STY: '1.pts', COLORTERM: 'truecolor' }],
  ['16', { TERM: 'screen.xterm', STY: '1.pts', TMUX: '/tmp/tmux-0/default,1,0' }],
  ['16', { TERM: 'screen' }],
  ['16', { TERM: 'linux' }],
  ['16', { TERM: 'xterm' }],
  ['none', { TERM: 'vt100', COLORTERM: 'truecolor' }],
  ['none', { TERM: 'dumb' }],
  ['none', { TERM: 'xterm-mono' }],
  ['none', {}],
  ['none', { TERM: 'xterm-kitty', COLORTERM: 'truecolor', NO_COLOR: '1' }],
  ['truecolor', { TERM: 'xterm-kitty', NO_COLOR: '' }],
] as const)('has %s where the environment is %o', (depth, environment) => {
  expect(readColorDepth(environment)).toBe(depth);
});
