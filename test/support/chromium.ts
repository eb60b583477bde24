/** The Chromium that draws pages for tests and pictures. */
import { existsSync } from 'node:fs';
import { type Browser, chromium } from 'playwright-core';

const places = process.env['CHROMIUM']
  ? [process.env['CHROMIUM']]
  : ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];
const executablePath = places.find((place) => existsSync(place));

/** Why there is no browser; undefined if there is one. */
export const noChromium = executablePath
  ? undefined
  : `no Chromium found (looked at ${places.join(', ')})`;

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

/** Starts it, without anything that would go out to a network by itself. */
export const launchChromium = (): Promise<Browser> =>
  chromium.launch({ executablePath: executablePath ?? '', args, timeout: 0 });
