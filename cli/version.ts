import { readFileSync } from 'node:fs'

/** This program's version, out of its package.json. */
export function version(): string {
  // Built, this file lies one folder deeper.
  for (const place of ['../package.json', '../../package.json'])
    try {
      return (JSON.parse(readFileSync(new URL(place, import.meta.url), 'utf8')) as { version: string }).version
    } catch {}
  return 'unknown'
}
