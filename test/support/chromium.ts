import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { type Browser, chromium } from 'playwright-core'

const places = [
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
  '/Applications/Chromium.app/Contents/MacOS/Chromium',
  'C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe',
]
const names = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome']

/** The system's own Chromium or Chrome; PLANTWATCH_CHROMIUM names another one. Null where there is none. */
export const chromiumPath: string | null =
  [
    process.env['PLANTWATCH_CHROMIUM'] ?? '',
    ...(process.env['PATH'] ?? '').split(delimiter).flatMap((folder) => names.map((name) => join(folder, name))),
    ...places,
  ].find(isProgram) ?? null

/** Added to the name of a test that is skipped for want of a browser. */
export const chromiumMissing = chromiumPath === null ? ' (skipped: no Chromium; apt-get install chromium)' : ''

/** A browser without a window. The caller closes it. */
export function launchChromium(): Promise<Browser> {
  if (chromiumPath === null) throw new Error('there is no Chromium on this machine: apt-get install chromium')
  return chromium.launch({
    executablePath: chromiumPath,
    // A container has neither the rights for Chromium's sandbox nor room in /dev/shm, and no graphics card.
    args: ['--no-sandbox', '--disable-dev-shm-usage', '--disable-gpu'],
  })
}

function isProgram(path: string): boolean {
  try {
    if (path !== '') accessSync(path, constants.X_OK)
    return path !== ''
  } catch {
    return false
  }
}
