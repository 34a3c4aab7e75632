/** A real browser for tests: the system's Chromium, else the one that comes from npm. */
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { Browser } from 'playwright-core';

/** Starts Chromium without a window. Rejects, in words, where there is none. */
export async function launchBrowser(): Promise<Browser> {
  // Loaded when it is needed: it takes a quarter of a second, and most tests have no page.
  const { chromium } = await import('playwright-core');
  return chromium.launch({ executablePath: findChromium() ?? (await packagedChromium()) });
}

/** CHROMIUM_PATH, else a Chromium on PATH. */
function findChromium(): string | undefined {
  const named = process.env.CHROMIUM_PATH ?? '';
  if (named !== '') return named;
  const folders = (process.env.PATH ?? '').split(delimiter);
  const names = ['chromium', 'chromium-browser', 'google-chrome', 'chromium-headless-shell'];
  return names.flatMap((name) => folders.map((folder) => join(folder, name))).find(isExecutable);
}

/** Unpacked on first use. Its own `args` are for a cloud function and break pages here: they are not passed on. */
async function packagedChromium(): Promise<string> {
  const { default: packaged } = await import('@sparticuz/chromium');
  return packaged.executablePath();
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
