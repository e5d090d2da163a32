import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ensureBundle } from '../../viewer/server/bundle.ts'
import { chromiumMissing, chromiumPath, launchChromium } from '../support/chromium.ts'
import { roleOf } from '../support/processes.ts'
import { projectFolder, type StartedStack, startStack } from '../support/stack.ts'

const pictures = join(projectFolder, 'test-output')
const wide = { width: 1600, height: 1000 }
/** What a browser does in a moment, and on a busy machine in several. */
const soon = { timeout: 15_000, interval: 100 }
const phone = { width: 390, height: 844 }

/** In the order of a visit: the page is one, and each test goes on where the one before it left it. */
describe.skipIf(chromiumPath === null)(`the board in a browser${chromiumMissing}`, () => {
  let stack: StartedStack
  let browser: Browser
  let page: Page
  const complaints: string[] = []

  beforeAll(async () => {
    await mkdir(pictures, { recursive: true })
    // Before the stack, so that both do not build at once on a small machine.
    await ensureBundle({ log: () => {} })
    ;[stack, browser] = await Promise.all([
      startStack({ words: ['--history-days', '1', '--live-every-ms', '1000'] }),
      launchChromium(),
    ])
    const context = await browser.newContext({ viewport: wide, colorScheme: 'dark' })
    page = await context.newPage()
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text())
    })
    page.on('pageerror', (error) => complaints.push(error.message))
    page.on('response', (response) => {
      if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`)
    })
  }, 180_000)
  afterAll(async () => {
    await browser?.close()
    await stack?.close()
  })

  /** Every panel as the page itself sees it, once each was in sight. */
  const panels = async (): Promise<Record<string, string>> => {
    for (const panel of await page.locator('[data-panel]').all()) {
      await panel.scrollIntoViewIfNeeded()
      await expect.poll(() => panel.getAttribute('data-state'), { timeout: 20_000 }).not.toBe('waiting')
    }
    await page.evaluate('window.scrollTo(0, 0)')
    return Object.fromEntries(
      await page.locator('[data-panel]').evaluateAll((all) =>
        all.map((one) => [
          one.getAttribute('aria-label') ?? '',
          // What a panel says instead of a picture stands beside its state.
          [one.getAttribute('data-state'), one.querySelector('.message')?.textContent].filter(Boolean).join(': '),
        ]),
      ),
    )
  }
  /** Before the first shift, and on a day without one, there is nothing to show of the plant's own day. */
  const ofToday = new Set(['Good parts today', 'Rejected today', 'Hours in use today'])
  const undrawn = async (): Promise<[string, string][]> =>
    Object.entries(await panels()).filter(
      ([title, state]) => state !== 'drawn' && !(ofToday.has(title) && state.startsWith('empty: ')),
    )
  const panel = (title: string) => page.locator(`[data-panel][aria-label="${title}"]`)
  const seriesOf = (title: string) => panel(title).locator('[data-testid*="VizLegend series"]')
  const parameter = (name: string): string | null => new URL(page.url()).searchParams.get(name)
  /** The quarter of a second in which lists open and layouts settle. */
  const settle = () => page.waitForTimeout(250)

  it('opens by the one-time link, which is worth nothing afterwards', async () => {
    await page.goto(stack.line.board.url)
    expect(new URL(page.url()).pathname).toBe('/')
    expect(new URL(page.url()).search).toBe('')
    await panel('Power now').waitFor()
    const again = await fetch(stack.line.board.url, { redirect: 'manual' })
    expect(again.status).toBe(401)
  }, 60_000)

  it('says that the data is made up, and how old it is', async () => {
    await page.getByText('Demo data').waitFor()
    await page.locator('[data-age=fresh]').waitFor({ timeout: 30_000 })
  }, 60_000)

  it('draws every panel once the history is there', async () => {
    const progress = async () =>
      ((await (await page.request.get(`${stack.gatewayUrl}/api/v1/progress`)).json()) as { phase: string }).phase
    await expect.poll(progress, { timeout: 60_000, interval: 500 }).toBe('live')
    // The analytics work out the hours that have just come; asked to, they do not wait for the next minute.
    const run = await fetch(`${stack.gatewayUrl}/api/v1/jobs/moments/runs`, {
      method: 'POST',
      headers: { Authorization: `Token ${stack.token}`, 'Content-Type': 'application/json' },
      body: '{}',
    })
    expect(run.status).toBeLessThan(300)
    await expect
      .poll(
        async () => {
          await page.getByTestId('data-testid RefreshPicker run button').click()
          return undrawn()
        },
        { timeout: 60_000, interval: 2_000 },
      )
      .toEqual([])
    await page.mouse.move(800, 995)
    await settle()
    await page.screenshot({ path: join(pictures, 'board-1600.png') })
  }, 150_000)

  it('shows what one machine did when it is chosen', async () => {
    const power = 'Power by machine'
    await panel(power).scrollIntoViewIfNeeded()
    await expect.poll(() => seriesOf(power).count(), soon).toBe(6)
    await page.goto(`${stack.gatewayUrl}/?var-machine=press-1`)
    await panel(power).scrollIntoViewIfNeeded()
    await expect.poll(() => seriesOf(power).count(), soon).toBe(1)

    await page.locator('[data-variable=machine] input').click()
    await settle()
    await page.getByRole('option', { name: 'mill-1' }).click()
    await page.keyboard.press('Escape')
    await expect
      .poll(() => new URL(page.url()).searchParams.getAll('var-machine').sort())
      .toEqual(['mill-1', 'press-1'])
    await expect.poll(() => seriesOf(power).count(), soon).toBe(2)
    await page.goBack()
    await expect.poll(() => seriesOf(power).count(), soon).toBe(1)
  }, 60_000)

  it('zooms into what is dragged across, and back', async () => {
    await panel('Power by machine').scrollIntoViewIfNeeded()
    const plot = panel('Power by machine').locator('.u-over')
    // It is drawn anew when the answer with other series has come.
    await expect.poll(() => seriesOf('Power by machine').count(), soon).toBe(1)
    await page.waitForLoadState('networkidle')
    await settle()
    const box = (await plot.boundingBox())!
    const askedMs = Date.now()
    await page.mouse.move(box.x + box.width * 0.5, box.y + box.height / 2)
    await page.mouse.down()
    await page.mouse.move(box.x + box.width * 0.75, box.y + box.height / 2, { steps: 6 })
    await page.mouse.up()
    await expect.poll(() => parameter('from'), soon).toMatch(/^\d+$/)
    const hours = (Number(parameter('to')) - Number(parameter('from'))) / 3_600_000
    expect(hours).toBeGreaterThan(5.5)
    expect(hours).toBeLessThan(6.5)
    expect((askedMs - Number(parameter('from'))) / 3_600_000).toBeCloseTo(12, 0)
    expect(parameter('var-machine')).toBe('press-1')
    await page.goBack()
    await expect.poll(() => parameter('from'), soon).toBeNull()
  }, 30_000)

  it('keeps its plots when it asks again: nothing flickers, and what is pointed at stays', async () => {
    const plot = panel('Power by machine').locator('canvas').first()
    await panel('Power by machine').scrollIntoViewIfNeeded()
    await expect.poll(() => seriesOf('Power by machine').count(), soon).toBe(1)
    await page.waitForLoadState('networkidle')
    await plot.evaluate((canvas) => canvas.setAttribute('data-seen', ''))
    const answered = page.waitForResponse((response) => response.url().endsWith('/api/board/query'))
    await page.getByTestId('data-testid RefreshPicker run button').click()
    await answered
    await page.waitForLoadState('networkidle')
    await settle()
    expect(await plot.getAttribute('data-seen')).toBe('')
  }, 30_000)

  it('leads to another dashboard, which keeps the chosen time, without loading the page again', async () => {
    await page.evaluate('window.sameDocument = true')
    await page.goto(`${stack.gatewayUrl}/?from=now-12h&to=now`)
    await page.evaluate('window.sameDocument = true')
    await page.locator('.toolbar a', { hasText: 'Machine signals' }).click()
    await expect.poll(() => new URL(page.url()).pathname, soon).toBe('/d/machine-signals')
    expect(parameter('from')).toBe('now-12h')
    expect(await page.evaluate('window.sameDocument')).toBe(true)
    await panel('Signals').waitFor()
    await expect.poll(undrawn, { timeout: 60_000, interval: 1_000 }).toEqual([])
    await page.screenshot({ path: join(pictures, 'board-signals-1600.png') })
  }, 120_000)

  it('shows the quality of the data, from the ingestor’s own reports', async () => {
    await page.goto(`${stack.gatewayUrl}/d/data-quality?from=now-1h&to=now`)
    await panel('Senders').waitFor()
    // A plant without a fault has none to show; everything else tells of itself within two reports.
    const quiet = new Set([
      'Lines not stored',
      'Lines not stored per hour, by reason',
      'Set aside or sent away per hour',
      'Dead letters waiting',
    ])
    await expect
      .poll(
        async () => (await undrawn()).filter(([title, state]) => !(quiet.has(title) && state.startsWith('empty'))),
        {
          timeout: 60_000,
          interval: 2_000,
        },
      )
      .toEqual([])
    await panel('Senders').getByText('operator').waitFor()
    await page.mouse.move(800, 995)
    await settle()
    await page.screenshot({ path: join(pictures, 'board-quality-1600.png') })
  }, 120_000)

  it('stands in one column on a phone and never scrolls sideways', async () => {
    await page.setViewportSize(phone)
    for (const path of ['/d/data-quality', '/d/machine-signals', '/']) {
      await page.goto(stack.gatewayUrl + path)
      await panel('What the figures mean').waitFor()
      // What nobody lost is not drawn.
      const mayBeEmpty = path === '/d/data-quality'
      expect((await undrawn()).filter(([, state]) => !(mayBeEmpty && state.startsWith('empty: ')))).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth - window.innerWidth')).toBeLessThanOrEqual(0)
      const lefts = await page
        .locator('[data-panel]:not([data-type=stat])')
        .evaluateAll((all) => all.map((one) => one.getBoundingClientRect().left))
      expect(new Set(lefts).size).toBe(1)
    }
    await page.screenshot({ path: join(pictures, 'board-390.png') })
    await page.setViewportSize(wide)
  }, 90_000)

  it('does not complain in the console about anything', () => {
    expect(complaints).toEqual([])
  })

  it('says when the store does not answer, keeps what it knows, and recovers by itself', async () => {
    await page.goto(`${stack.gatewayUrl}/?refresh=5s`)
    await panel('Power now').waitFor()
    await expect.poll(undrawn, { timeout: 30_000, interval: 500 }).toEqual([])
    const store = stack.processes().find((one) => roleOf(one) === 'store')!
    process.kill(store.pid, 'SIGSTOP')
    try {
      await page.getByText('The connection to the plant’s data is lost').waitFor({ timeout: 25_000 })
      expect(await panel('Power now').getAttribute('data-state')).toBe('drawn')
      await panel('Power now').locator('[data-old]').waitFor()
      await page.screenshot({ path: join(pictures, 'board-lost-1600.png') })
    } finally {
      process.kill(store.pid, 'SIGCONT')
    }
    await page.getByText('The connection to the plant’s data is lost').waitFor({ state: 'detached', timeout: 25_000 })
    await page.locator('[data-age=fresh]').waitFor({ timeout: 25_000 })
    await panel('Power now').locator('[data-old]').waitFor({ state: 'detached', timeout: 25_000 })
  }, 120_000)
})
