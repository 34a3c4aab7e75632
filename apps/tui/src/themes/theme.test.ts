import { type Color, type Style, style } from '@parley/terminal';
import { describe, expect, it } from 'vitest';
import { dark, numberedDark } from './dark.ts';
import { light, numberedLight } from './light.ts';
import { nickStyle, type Theme } from './theme.ts';

/** Meant to be overlooked: lines, and what stands behind what matters. */
const QUIET: readonly string[] = ['rule', 'popupFrame'];

function luminance(color: Color | undefined): number {
  if (typeof color !== 'string') throw new Error('A theme says both of its colours.');
  const channels = [1, 3, 5].map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255);
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

describe.each([dark, light])('the $name theme', (theme) => {
  it('can be read: each text has a contrast of 4.5 on its background', () => {
    const poor = stylesOf(theme).filter(([name, style]) => !QUIET.includes(name) && contrast(style) < 4.5);
    expect(poor.map(([name, style]) => `${name} ${contrast(style).toFixed(2)}`)).toEqual([]);
  });

  it('can be read where text stands on another background than its own', () => {
    const { mentionBackground, sideActive, faint, link, nicks, sideFaint, badge, mentionBadge } = theme;
    const strong = [link, ...nicks].map((style) => style.on(mentionBackground));
    const onChosen = [badge, mentionBadge].map((style) => style.on(sideActive));
    for (const style of [...strong, ...onChosen]) expect(contrast(style)).toBeGreaterThanOrEqual(4.5);
    // The time, and the sign before a room's name: behind what matters.
    for (const style of [faint.on(mentionBackground), sideFaint.on(sideActive)]) {
      expect(contrast(style)).toBeGreaterThanOrEqual(3);
    }
  });

  it('shows where things end: backgrounds and lines differ from what is beside them', () => {
    const { background, side, header, sideActive, mentionBackground, rule, popupFrame } = theme;
    const differs = (a: Style, b: Style): number => contrast(style({ fg: a.options.bg, bg: b.options.bg }));
    for (const other of [side, header, sideActive, mentionBackground])
      expect(differs(background, other)).toBeGreaterThan(1.05);
    expect(contrast(rule)).toBeGreaterThan(1.4);
    expect(contrast(popupFrame)).toBeGreaterThan(2.5);
  });

  it('gives people who come one after the other different colours', () => {
    const colors = Array.from({ length: theme.nicks.length }, (_, id) => nickStyle(theme, String(id)).sgr);
    expect(new Set(colors).size).toBe(theme.nicks.length);
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
