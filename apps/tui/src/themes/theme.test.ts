import type { Color, Style } from '@parley/terminal';
import { describe, expect, it } from 'vitest';
import { dark } from './dark.ts';
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

describe('the dark theme', () => {
  it('can be read: each text has a contrast of 4.5 on its ground', () => {
    const poor = stylesOf(dark).filter(([name, style]) => !QUIET.includes(name) && contrast(style) < 4.5);
    expect(poor.map(([name, style]) => `${name} ${contrast(style).toFixed(2)}`)).toEqual([]);
  });

  it('gives people who come one after the other different colours', () => {
    const colors = Array.from({ length: dark.nicks.length }, (_, id) => nickStyle(dark, String(id)).sgr);
    expect(new Set(colors).size).toBe(dark.nicks.length);
  });
});
