import { accessSync, constants } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** A browser; undefined, with a line that says what is skipped, where none is installed. */
export async function launchChromium(what: string): Promise<Browser | undefined> {
  const executablePath = PLACES.find(isThere);
  if (executablePath === undefined) {
    console.log(`No Chromium is installed: ${what} is not looked at.`);
    return undefined;
  }
  const args = [
    '--headless',
    '--no-sandbox',
    '--disable-gpu',
    '--disable-quic',
    '--no-first-run',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
  ];
  return chromium.launch({ executablePath, args });
}

function isThere(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
