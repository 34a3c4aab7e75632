/** The text on the page: what one selects, copies, clicks on and pastes, and how large it is. */
import { pollFor } from '@parley/testkit';
import { describe, expect, it } from 'vitest';
import type { ChatPage } from './chat-page.ts';
import { benchOfPages } from './page-bench.ts';
import { picture } from './start-parley.ts';

const WITH_CLIPBOARD = { permissions: ['clipboard-read', 'clipboard-write'] };

describe('the page', { timeout: 120_000 }, () => {
  const bench = benchOfPages({ width: 1200, height: 700 });
  const clipboard = (page: ChatPage): Promise<string> => page.page.evaluate(() => navigator.clipboard.readText());
  const copies = (page: ChatPage, text: string): Promise<string> => pollFor(() => clipboard(page), text);
  const paste = (page: ChatPage, text: string): Promise<void> =>
    page.page.evaluate((pasted) => {
      const clipboardData = new DataTransfer();
      clipboardData.setData('text/plain', pasted);
      const event = new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true });
      document.querySelector('textarea')?.dispatchEvent(event);
    }, text);

  it('copies what is selected of the messages, without what is around them', async () => {
    const page = await bench.enter(WITH_CLIPBOARD);
    const long =
      'The quick brown fox jumps over the lazy dog and does it again and again, until the row is full and goes on.';
    await page.say(long);
    await page.say('Second message');
    await page.see(/Second message/);
    // Until it is sent it says so, which may take a row.
    await page.isStill();
    const from = await page.find(/The quick/);
    const to = await page.find(/Second message/);
    const { mouse } = page.page;
    await mouse.move(from.x - from.cell.width / 2, from.y);
    await mouse.down();
    await mouse.move(to.x + 10 * to.cell.width, (from.y + to.y) / 2, { steps: 4 });
    await mouse.move(to.x - to.cell.width / 2 + to.width, to.y, { steps: 2 });
    await picture(page, 'selection');
    await mouse.up();
    await copies(page, `${long}\nSecond message`);
    // It says so, and moves nothing.
    await page.page.getByText('Copied', { exact: true }).waitFor();
    await picture(page, 'copied');
    await pollFor(() => page.page.locator('#copied').textContent(), '');
    // A word, a line; and the marks go when the person types.
    const word = await page.find(/lazy/);
    await mouse.dblclick(word.x, word.y);
    await copies(page, 'lazy');
    await mouse.click(word.x, word.y, { clickCount: 3 });
    await copies(page, long);
    expect(await page.page.locator('.selection div').count()).toBeGreaterThan(0);
    await page.page.keyboard.type('x');
    await page.see(/ x\s*│|x$/);
    expect(await page.page.locator('.selection div').count()).toBe(0);
  });

  it('keeps apart what several people have said, where a drag goes from the words of one to those of the next', async () => {
    const page = await bench.enter(WITH_CLIPBOARD);
    const other = await bench.enter();
    // Two rows each, in the last of which there is no room for another word.
    const words = (of: string): string => Array.from({ length: 12 }, (_, at) => `${of}${100 + at}`).join(' ');
    const said = ['monday', 'friday', 'sunday'].map(words);
    for (const [at, text] of said.entries()) {
      const speaker = at % 2 === 0 ? page : other;
      await paste(speaker, text);
      await speaker.page.keyboard.press('Enter');
      await page.see(new RegExp(text.split(' ').at(-1) ?? ''));
    }
    await page.isStill();
    const from = await page.find(/monday100 /);
    const to = await page.find(/sunday111/);
    const { mouse } = page.page;
    await mouse.move(from.x - from.cell.width / 2, from.y);
    await mouse.down();
    await mouse.move(to.x - to.cell.width / 2 + to.width, to.y, { steps: 5 });
    await picture(page, 'several-people');
    await mouse.up();
    expect(await copies(page, said.join('\n'))).toContain('monday111\nfriday100');
  });

  it('copies a draft of several lines without what stands beside it', async () => {
    const page = await bench.enter(WITH_CLIPBOARD);
    await page.page.keyboard.type('first line');
    await page.page.keyboard.press('Shift+Enter');
    await page.page.keyboard.type('second line');
    await page.see(/second line/);
    await page.isStill();
    const from = await page.find(/first line/);
    const to = await page.find(/second line/);
    const { mouse } = page.page;
    await mouse.move(from.x - from.cell.width / 2, from.y);
    await mouse.down();
    await mouse.move(to.x - to.cell.width / 2 + to.width, to.y, { steps: 3 });
    await picture(page, 'draft-selection');
    await mouse.up();
    expect(await copies(page, 'first line\n   second line')).toContain('second line');
  });

  it('copies the lines that a drag began and ended in, though others come meanwhile', async () => {
    const page = await bench.enter({ ...WITH_CLIPBOARD, viewport: { width: 1200, height: 400 } });
    const other = await bench.enter();
    await paste(page, Array.from({ length: 20 }, (_, line) => `line ${line} of many`).join('\n'));
    await page.page.keyboard.press('Enter');
    await page.see(/Message #lobby/);
    await page.see(/line 19 of many/);
    await page.isStill();
    const from = await page.find(/line 14 of/);
    const { mouse } = page.page;
    await mouse.move(from.x - from.cell.width / 2, from.y);
    await mouse.down();
    await mouse.move(from.x + 3 * from.cell.width, from.y, { steps: 3 });
    await other.say('one more');
    await page.see(/one more/);
    await other.say('and another');
    await page.see(/and another/);
    await page.isStill();
    const to = await page.find(/line 16 of/);
    await mouse.move(to.x - to.cell.width / 2 + to.width, to.y);
    await picture(page, 'selection-followed');
    await mouse.up();
    expect(await copies(page, 'line 14 of many\nline 15 of many\nline 16 of')).toContain('line 15');
  });

  it('leaves clicks to the program', async () => {
    const page = await bench.enter();
    await page.page.keyboard.type('abcdef');
    await page.see(/abcdef/);
    const draft = await page.find(/abcdef/);
    await page.page.mouse.click(draft.x + 3 * draft.cell.width, draft.y);
    await page.page.keyboard.type('X');
    await page.see(/abcXdef/);
    const header = await page.find(/online/);
    await page.page.mouse.click(header.x, header.y);
    await page.see(/Go to|Rooms|room by name/i);
    expect(await page.page.locator('.selection div').count()).toBe(0);
  });

  it('opens links, also from the rows that they go on in', async () => {
    const page = await bench.enter({ viewport: { width: 700, height: 500 } });
    const address = `https://parley.invalid/${'a-long-way/'.repeat(8)}end`;
    await page.say(`see ${address} now`);
    // Among the messages, and in the composer no more: there it is cut into other rows.
    await page.see(/Message #/);
    await page.see(/\/end/);
    await page.page.context().route('https://parley.invalid/**', (route) => route.fulfill({ body: 'there' }));
    for (const part of [/https:\/\/parley/, /\/end/]) {
      const link = await page.find(part);
      await page.page.mouse.move(link.x + link.cell.width, link.y);
      await pollFor(() => page.page.locator('.xterm-cursor-pointer').count(), 1);
      const opening = page.page.waitForEvent('popup');
      await page.page.mouse.click(link.x + link.cell.width, link.y);
      const popup = await opening;
      await pollFor(() => popup.url(), address);
      await popup.close();
    }
  });

  it('lets the program write to the clipboard, and never read it', async () => {
    const page = await bench.enter(WITH_CLIPBOARD);
    const encoded = Buffer.from('from the program é').toString('base64');
    await page.write(`\u001b]52;c;${encoded}\u0007`);
    await copies(page, 'from the program é');
    await page.write('\u001b]52;c;?\u0007\u001b]52;c;!!\u0007');
    await page.page.keyboard.type('still here');
    await page.see(/still here/);
    expect(await clipboard(page)).toBe('from the program é');
    expect((await page.screen()).join('\n')).not.toContain(encoded.slice(0, 12));
  });

  it('pastes many lines as one message', async () => {
    const page = await bench.enter();
    await paste(page, 'one\r\ntwo\u001b[201~\nthree');
    await page.see(/three/);
    await page.page.keyboard.press('Enter');
    await page.see(/^.*\bone\b/);
    await page.see(/two\[201~/);
    await page.see(/Message #lobby/);
    // One message has its sender's name once.
    expect(await page.count(/ada\d+ +(?:two|three)/)).toBe(0);
  });

  it('changes the size of the letters, and remembers it', async () => {
    const page = await bench.enter();
    const cols = async (): Promise<number> => (await page.size())?.cols ?? 0;
    const first = await cols();
    for (let press = 0; press < 4; press += 1) await page.page.keyboard.press('Control+=');
    const larger = await cols();
    expect(larger).toBeLessThan(first);
    await page.page.reload();
    await page.see(/Message #lobby/);
    expect(await cols()).toBe(larger);
    for (let press = 0; press < 2; press += 1) await page.page.keyboard.press('Control+-');
    expect(await cols()).toBeGreaterThan(larger);
    await page.page.keyboard.press('Control+0');
    expect(await cols()).toBe(first);
    expect(await page.count(/=/)).toBe(0);
  });
});
