import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Starts the machine's Chromium, or the one that STREAMLIB_TEST_CHROMIUM names. Throws where there is none. */
export async function startChromium(): Promise<Browser> {
  const named = process.env.STREAMLIB_TEST_CHROMIUM;
  const places = named === undefined ? PLACES : [named];
  const executablePath = places.find((place) => existsSync(place));
  if (executablePath === undefined) {
    throw new Error(
      `chromium must be installed (on Debian: apt-get install chromium), is in none of ${places}`,
    );
  }
  return await chromium.launch({ executablePath, args: FLAGS });
}
