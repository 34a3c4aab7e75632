import { fuzzRuns } from '@parley/testkit';
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { codeOfSgr } from '../test/sgr.ts';
import { type Color, Style, type StyleOptions } from './style.ts';
import { sgrBetween } from './style.ts';

const color = fc.option(
  fc.oneof(
    fc.constantFrom<Color>('#000000', '#ff8800', '#FFffFF'),
    fc.nat(255).map((index): Color => index),
  ),
  { nil: undefined },
);
const look = fc
  .record<StyleOptions>({
    fg: color,
    bg: color,
    bold: fc.boolean(),
    dim: fc.boolean(),
    italic: fc.boolean(),
    underline: fc.boolean(),
    inverse: fc.boolean(),
    strike: fc.boolean(),
  })
  .map((options) => new Style(options));

test('the change from one style to another leaves what the other alone does, and is never longer', () => {
  fc.assert(
    fc.property(look, look, (from, to) => {
      const bytes = sgrBetween(from, to);
      const whole = sgrBetween(undefined, to);
      const parameters = (sequence: string): string => /^\x1b\[([\d;]*)m$/.exec(sequence)?.[1] ?? 'none';
      expect(bytes.length).toBeLessThanOrEqual(whole.length);
      const seen = bytes === '' ? codeOfSgr({}, from.sgr) : codeOfSgr(codeOfSgr({}, from.sgr), parameters(bytes));
      expect(seen).toEqual(codeOfSgr({}, parameters(whole)));
    }),
    { numRuns: fuzzRuns(5000) },
  );
});
