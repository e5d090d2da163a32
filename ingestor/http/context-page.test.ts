import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { chromiumMissing, chromiumPath, launchChromium } from '../../test/support/chromium.ts'
import { projectFolder } from '../../test/support/stack.ts'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary-folder.ts'
import { type Ingestor, startIngestor } from '../service.ts'

const pictures = join(projectFolder, 'test-output')
const tablet = { width: 1024, height: 768 }
const phone = { width: 390, height: 844 }

/** In the order of a shift; nobody answers as a store, which must keep nobody from saying what runs. */
describe.skipIf(chromiumPath === null)(`the tablet page${chromiumMissing}`, () => {
  let ingestor: Ingestor
  let browser: Browser
  let page: Page
  let folder: string
  const complaints: string[] = []

  beforeAll(async () => {
    await mkdir(pictures, { recursive: true })
    folder = await makeTemporaryFolder()
    ingestor = await startIngestor({
      host: '127.0.0.1',
      port: 0,
      dataDir: folder,
      influx: { url: 'http://127.0.0.1:9', token: 'x', org: 'plantwatch', bucket: 'plant_raw' },
      operatorToken: 'operator',
      segmentBytes: 1 << 20,
      log: () => {},
    })
    browser = await launchChromium()
    const context = await browser.newContext({ viewport: tablet, hasTouch: true })
    page = await context.newPage()
    page.setDefaultTimeout(10_000)
    page.on('pageerror', (error) => complaints.push(error.message))
    const from = new Date(Date.now() - 3 * 3_600_000).toISOString()
    for (const [machine, lot] of [
      ['press-1', 'L2611-014'],
      ['press-2', 'L2611-015'],
      ['kiln-1', '<b>&"'],
    ])
      await api(`machines/${machine}`, 'PUT', { lot, product: 'bracket-40', operator: 'Ada', from })
  })
  afterAll(async () => {
    await browser?.close()
    await ingestor?.close()
    await removeFolder(folder)
  })

  const api = async (path: string, method = 'GET', body?: object) => {
    const response = await fetch(`${ingestor.url}/api/v1/context/${path}`, {
      method,
      headers: { Authorization: 'Token operator', 'Content-Type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    })
    return (await response.json()) as never
  }
  interface Shown {
    readonly intervals: { lot?: string; operator?: string; from: string; to: string | null }[]
    readonly pieces: { lot?: string; from: string; to: string | null }[]
  }
  const card = (machine: string) => page.locator(`[data-machine="${machine}"]`)

  it('asks for a token, refuses a wrong one, and shows what runs', async () => {
    await page.goto(`${ingestor.url}/context`)
    await page.fill('#token', 'wrong')
    await page.tap('#token-form .go')
    await page.locator('#token-wrong:not([hidden])').waitFor()
    await page.fill('#token', 'operator')
    await page.tap('#token-form .go')
    await card('press-1').waitFor()
    expect(await card('press-1').textContent()).toContain('L2611-014')
    expect(await card('kiln-1').locator('.lot').textContent()).toBe('<b>&"')
    await page.screenshot({ path: join(pictures, 'context-tablet.png') })
  })

  it('starts the next lot in three taps: what ran ends with it', async () => {
    await card('press-1').tap()
    await page.fill('#lot', 'L2611-020')
    await page.screenshot({ path: join(pictures, 'context-start.png') })
    await page.tap('#go')
    await expect.poll(() => card('press-1').textContent()).toContain('L2611-020')
    const { intervals, pieces } = (await api('machines/press-1')) as Shown
    expect(intervals.map(({ lot, operator, to }) => [lot, operator, to === null])).toEqual([
      ['L2611-014', 'Ada', false],
      ['L2611-020', 'Ada', true],
    ])
    expect(intervals[0]!.to).toBe(intervals[1]!.from)
    expect(pieces.length).toBe(2)
  })

  it('corrects a lot in three taps, and keeps its start to the nanosecond', async () => {
    const before = (await api('machines/press-2')) as Shown
    await card('press-2').tap()
    await page.tap('#correct')
    await page.fill('#lot', 'L2611-016')
    await page.tap('#go')
    await expect.poll(() => card('press-2').textContent()).toContain('L2611-016')
    const { intervals } = (await api('machines/press-2')) as Shown
    expect(intervals.map(({ from, lot }) => [from, lot])).toEqual([[before.intervals[0]!.from, 'L2611-016']])
  })

  it('moves the start of a lot: the old interval goes', async () => {
    await card('press-2').tap()
    await page.tap('#correct')
    await page.fill('#from', '2026-01-02T03:04')
    await page.tap('#go')
    await expect.poll(async () => ((await api('machines/press-2')) as Shown).intervals.length).toBe(1)
    await page.locator('#sheet').waitFor({ state: 'hidden' })
    const { intervals } = (await api('machines/press-2')) as Shown
    expect(intervals[0]!.from.startsWith('2026-01-0')).toBe(true)
  })

  it('ends a lot in three taps, and says so', async () => {
    await card('kiln-1').tap()
    await page.tap('#end')
    await page.screenshot({ path: join(pictures, 'context-end.png') })
    await page.tap('#go')
    await expect.poll(() => card('kiln-1').textContent()).toContain('nothing is known to run')
    const { pieces } = (await api('machines/kiln-1')) as Shown
    expect(pieces[0]!.to).not.toBeNull()
  })

  it('says in words what the server refuses, takes a machine nobody knew, and fits a phone', async () => {
    await page.setViewportSize(phone)
    await page.tap('.machine.add')
    await page.tap('#go')
    expect(await page.textContent('#wrong')).toBe('Which machine is it?')
    await page.fill('#machine', 'mixer 1/2')
    await page.fill('#lot', 'a\\')
    await page.tap('#go')
    await expect.poll(() => page.textContent('#wrong')).toContain('backslash')
    await page.fill('#lot', '7')
    await page.screenshot({ path: join(pictures, 'context-phone.png') })
    await page.tap('#go')
    await expect.poll(() => card('mixer 1/2').textContent()).toContain('7')
    expect(await page.evaluate('document.documentElement.scrollWidth <= innerWidth')).toBe(true)
    expect(await page.evaluate('document.cookie + JSON.stringify(localStorage)')).toBe('{}')
    expect(complaints).toEqual([])
  })
})
