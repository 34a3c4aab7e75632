/** A page alone, and how it draws what its program writes: fonts, renderers, colours, rows, compositions, selections. */
import { pollFor } from '@parley/testkit';
import { expect, it } from 'vitest';
import { LonePageBench, screen, shows } from './page-alone-bench.ts';

const bench = new LonePageBench();
const { openPage } = bench;

it.each(['&renderer=webgl', '&renderer=dom'])(
  'is drawn in its own font, within its policy (/?test=1%s)',
  async (renderer) => {
    const page = await openPage(renderer);
    await page.keyboard.type('é日👍');
    await page.keyboard.press('Enter');
    await shows(page, 'echo é日👍');
    const fonts = await page.evaluate(() => [...document.fonts].filter((font) => font.status === 'loaded').length);
    expect(fonts).toBeGreaterThanOrEqual(2);
    expect(bench.complaints).toEqual([]);
  },
);

it.each([
  ['the DOM', 'ANGLE (Google, Vulkan 1.3.0 (SwiftShader Device (Subzero)), SwiftShader driver)', false],
  ['the DOM', 'llvmpipe, or similar', false],
  ['WebGL', 'ANGLE (Intel, Mesa Intel(R) UHD Graphics 620 (KBL GT2), OpenGL 4.6)', true],
])('is drawn with %s by %s', async (_name, device, isWebGl) => {
  const page = await openPage('');
  await page.addInitScript((renderer) => {
    const UNMASKED_RENDERER = 0x9246;
    const { prototype } = WebGL2RenderingContext;
    const getParameter = Reflect.get(prototype, 'getParameter') as (this: unknown, name: number) => unknown;
    prototype.getParameter = function (name: number): unknown {
      return name === UNMASKED_RENDERER ? renderer : getParameter.call(this, name);
    };
  }, device);
  await page.reload();
  await shows(page, 'repainted');
  expect((await page.locator('.xterm-screen canvas').count()) > 0).toBe(isWebGl);
});

it('tells apart true colours in the DOM renderer, without inline styles', async () => {
  const page = await openPage('&renderer=dom', { colorScheme: 'dark' });
  await page.keyboard.type('colour');
  await page.keyboard.press('Enter');
  await shows(page, 'coloured');
  // Parsed is not yet painted.
  const colour = await pollFor(
    () =>
      page.evaluate(() => {
        const spans = [...document.querySelectorAll('.xterm-rows span')];
        const span = spans.find((each) => each.textContent?.includes('coloured'));
        return span === undefined ? '' : getComputedStyle(span).color;
      }),
    (value) => value !== '',
  );
  expect(colour).toBe('rgb(255, 180, 90)');
  // Joined letters would leave their cells.
  const ligatures = await page.locator('.xterm-rows').evaluate((rows) => getComputedStyle(rows).fontVariantLigatures);
  expect(ligatures).toBe('none');
  expect(bench.complaints).toEqual([]);
});

it('shows the rows of a full-screen program in their order when the window grows, whatever has scrolled before', async () => {
  const page = await openPage();
  // Back in its session the page begins with what its terminal is made with.
  await page.reload();
  await shows(page, 'repainted');
  const rows = async (): Promise<string[]> => (await screen(page)).split('\n');
  // Lower than the terminal is at first, when nobody is on the alternate screen yet.
  const low = (await rows()).length;
  expect(low).toBeLessThan(24);
  const named = (count: number): string[] => Array.from({ length: count }, (_, row) => `row ${row}`);
  const paint = (count: number): string =>
    `\u001b[?1049h${named(count)
      .map((name, row) => `\u001b[${row + 1};1H\u001b[K${name}`)
      .join('')}\u001b[5;1H`;
  const write = (text: string): Promise<void> => page.evaluate((bytes) => window.__parley?.write(bytes), text);
  const scrolled = 24 - low;
  await write(`${paint(low)}\u001b[${low};1H${'\n'.repeat(scrolled)}\u001b[5;1H`);
  await pollFor(rows, [...named(low).slice(scrolled), ...Array.from({ length: scrolled }, () => '')]);
  await page.setViewportSize({ width: 800, height: 480 });
  // The program's own word on it, which comes before the paint.
  await shows(page, 'size ');
  const high = (await rows()).length;
  expect(high).toBeGreaterThan(low);
  await write(paint(high));
  await pollFor(rows, (all) => all.includes(`row ${high - 1}`));
  // Which of its rows are seen the page finds out when it draws.
  await page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
  expect(await rows()).toEqual(named(high));
});

it('shows what is being composed in its own colours, within the screen, and stays where it is', async () => {
  const page = await openPage('', { colorScheme: 'dark' });
  await page.evaluate(() => window.__parley?.write('\u001b[3;70H'));
  const input = await page.context().newCDPSession(page);
  for (const text of ['a', 'a long word', 'a long word that is still being composed']) {
    await input.send('Input.imeSetComposition', { text, selectionStart: text.length, selectionEnd: text.length });
  }
  const seen = await pollFor(
    () =>
      page.evaluate(() => {
        const view = document.querySelector('.composition-view');
        const screen = document.querySelector('.xterm-screen');
        if (view === null || screen === null) return undefined;
        // What is typed into is seen by nobody.
        const scrolled = [...document.querySelectorAll(':not(textarea)')].filter(
          (each) => each.scrollLeft + each.scrollTop > 0,
        );
        const { color, backgroundColor, textDecorationLine } = getComputedStyle(view);
        const inPage = document.body.appendChild(document.createElement('i'));
        inPage.style.color = 'var(--ink)';
        inPage.style.backgroundColor = 'var(--raised)';
        const own = getComputedStyle(inPage);
        const isInColours = color === own.color && backgroundColor === own.backgroundColor;
        inPage.remove();
        return {
          text: view.textContent,
          over: Math.round(view.getBoundingClientRect().right - screen.getBoundingClientRect().right),
          scrolled: scrolled.map(({ id, className }) => `${id} ${className}`),
          isInColours,
          textDecorationLine,
        };
      }),
    (value) => value?.text?.endsWith('composed') === true && value.over <= 0,
  );
  expect(seen).toMatchObject({ over: 0, scrolled: [], isInColours: true, textDecorationLine: 'underline' });
  await input.send('Input.insertText', { text: 'composed' });
  await page.keyboard.press('Enter');
  await shows(page, 'echo composed');
  // What begins with room enough stands where the cursor is.
  await input.send('Input.imeSetComposition', { text: 'b', selectionStart: 1, selectionEnd: 1 });
  const translate = (): Promise<string | undefined> =>
    page.evaluate(() => document.querySelector<HTMLElement>('.composition-view.active')?.style.translate);
  await pollFor(translate, '');
});

it('marks what is selected also where the system forces its colours', async () => {
  const page = await openPage('', { forcedColors: 'active', colorScheme: 'dark' });
  const screenBox = await page.locator('.xterm-screen').boundingBox();
  if (screenBox === null) throw new Error('no screen');
  await page.mouse.move(screenBox.x + 1, screenBox.y + 8);
  await page.mouse.down();
  await page.mouse.move(screenBox.x + 60, screenBox.y + 8, { steps: 3 });
  const colour = await page.evaluate(
    () => getComputedStyle(document.querySelector('.selection div') ?? document.body).backgroundColor,
  );
  // A forced one would be black, as all around it.
  expect(colour).toBe('rgba(91, 141, 255, 0.38)');
});
