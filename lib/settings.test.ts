import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { readSettings, type SettingName, settings } from './settings.ts'
import { settingsPage } from './settings-page.ts'

describe('settings', () => {
  it('come from the flag, then the environment, then the file, then the table', () => {
    const file = { path: 'plantwatch.yaml', text: 'port: 1\nstore_port: 2\ningestor_port: 3\n' }
    const { values, origins } = readSettings({ port: '7' }, { PLANTWATCH_PORT: '6', PLANTWATCH_STORE_PORT: '5' }, file)
    expect([values.port, values.storePort, values.ingestorPort, values.analyticsPort]).toEqual([7, 5, 3, 8088])
    expect([origins.port, origins.storePort, origins.ingestorPort, origins.analyticsPort]).toEqual([
      'flag',
      'variable',
      'file',
      'fallback',
    ])
  })

  it('names everything that is wrong at once', () => {
    const file = { path: 'p.yaml', text: 'prot: 8080\n' }
    expect(() => readSettings({ port: '70000' }, { INFLUX_URL: 'localhost', PLANTWATCH_DEMO: 'maybe' }, file)).toThrow(
      'p.yaml: there is no setting "prot"\n' +
        '--port: "70000" is no whole number between 0 and 65535\n' +
        'PLANTWATCH_DEMO: "maybe" is neither true nor false\n' +
        'INFLUX_URL: "localhost" is no address like http://localhost:8086',
    )
  })

  it('take a switch that may name what it is about, also as a list in the file', () => {
    const read = (flags: object, text = '') => readSettings(flags, {}, { path: 'p.yaml', text }).values.logDropOldest
    expect([read({}), read({ logDropOldest: true }), read({ logDropOldest: 'no' })]).toEqual([false, true, false])
    expect(read({ logDropOldest: 'noise, db/rp' })).toEqual(['noise', 'db/rp'])
    expect(read({}, 'log_drop_oldest: [noise, db/rp]')).toEqual(['noise', 'db/rp'])
    expect(() => read({ logDropOldest: 'noise,' })).toThrow(
      '--log-drop-oldest: "noise," is neither true, false nor names',
    )
  })

  it('takes an empty variable as not set, as an .env file writes it', () => {
    expect(readSettings({}, { INFLUX_URL: '' }).values.influxUrl).toBeNull()
  })

  it('gives no secret a flag', () => {
    for (const setting of Object.values(settings)) if (setting.kind === 'secret') expect(setting.flag).toBeNull()
  })

  it('has a documentation page that is up to date', () => {
    expect(readFileSync(new URL('../docs/settings.md', import.meta.url), 'utf8')).toBe(settingsPage())
  })

  it.each(Object.keys(settings) as SettingName[])('documents the setting %s', (name) => {
    expect(settingsPage()).toContain(`\`${settings[name].variable}\``)
  })
})
