import { expect, test } from 'vitest';
import { launchBrowser } from '@parley/testkit';

test('launches a real browser that runs a page', async () => {
  const browser = await launchBrowser();
  try {
    const page = await browser.newPage();
    await page.setContent('<title>Parley</title>');
    expect(await page.title()).toBe('Parley');
  } finally {
    await browser.close();
  }
});
