import { Hono } from 'hono'
import { type Sessions, sessionDays } from './session.ts'

/**
 * Signing in and out. `/sign-in?key=…` is the printed link: the key leaves the address at once by a redirect, and a
 * `HEAD` (a link preview) does not use it up. A token is posted, so that it is in no address and no log.
 */
export function signInRoutes(sessions: Sessions): Hono {
  const app = new Hono()
  app.get('/sign-in', async (c) => {
    const key = c.req.query('key')
    if (key === undefined || c.req.method === 'HEAD') return c.html(signInPage(null))
    const value = await sessions.signIn(key)
    if (value !== null) return signedIn(sessions.cookieName, value, isSecure(c.req.header('x-forwarded-proto')))
    if (sessions.isSignedIn(c.req.header('cookie'))) return c.redirect('/', 303)
    return c.html(
      signInPage('This link was used before. Sign in with a token, or start plantwatch again for a new link.'),
      401,
    )
  })
  app.post('/sign-in', async (c) => {
    const { token } = await c.req.parseBody()
    const value = typeof token === 'string' ? await sessions.signIn(token.trim()) : null
    if (value === null) return c.html(signInPage('This token is not known here.'), 401)
    return signedIn(sessions.cookieName, value, isSecure(c.req.header('x-forwarded-proto')))
  })
  app.post('/sign-out', async (c) => {
    await sessions.signOut(c.req.header('cookie'))
    c.header('Set-Cookie', `${sessions.cookieName}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`)
    return c.redirect('/sign-in', 303)
  })
  return app
}

const isSecure = (forwardedProto: string | undefined): boolean => forwardedProto === 'https'

function signedIn(cookieName: string, value: string, secure: boolean): Response {
  const cookie = `${cookieName}=${value}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${sessionDays * 86_400}${secure ? '; Secure' : ''}`
  return new Response(null, {
    status: 303,
    headers: { Location: '/', 'Set-Cookie': cookie, 'Cache-Control': 'no-store' },
  })
}

const style = `
  :root { color-scheme: light dark; --text: #24292e; --soft: #5a6470; --page: #f4f5f5; --card: #fff; --line: #d8dde3; --accent: #1f62e0 }
  @media (prefers-color-scheme: dark) { :root { --text: #e3e6ea; --soft: #9aa4b1; --page: #111217; --card: #181b1f; --line: #2c3235; --accent: #6e9fff } }
  * { box-sizing: border-box }
  body { margin: 0; min-height: 100vh; display: grid; place-items: center; background: var(--page); color: var(--text); font: 16px/1.5 Inter, system-ui, sans-serif }
  main { width: min(26rem, calc(100vw - 2rem)); padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 8px }
  h1 { margin: 0 0 .25rem; font-size: 1.35rem } p { margin: 0 0 1.25rem; color: var(--soft) } p.wrong { color: #d6455d }
  label { display: block; margin-bottom: .35rem; font-weight: 600; font-size: .9rem }
  input { width: 100%; padding: .6rem .7rem; font: inherit; color: inherit; background: var(--page); border: 1px solid var(--line); border-radius: 4px }
  button { margin-top: 1rem; padding: .6rem 1.1rem; font: inherit; font-weight: 600; color: #fff; background: #1f62e0; border: 0; border-radius: 4px; cursor: pointer }
  :focus-visible { outline: 2px solid var(--accent); outline-offset: 2px }
  progress { width: 100%; height: .5rem; accent-color: var(--accent) }`

/** A page of the gateway's own, while the board is not to be had. @param body HTML, trusted */
export const plainPage = (title: string, body: string, head = ''): string => `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · Plantwatch</title><link rel="icon" href="data:,">${head}<style>${style}</style></head><body><main>${body}</main></body></html>`

/** @param wrong a fixed sentence, or null */
export const signInPage = (wrong: string | null): string =>
  plainPage(
    'Sign in',
    `<h1>Plantwatch</h1><p>Sign in to see the plant.</p>${wrong === null ? '' : `<p class="wrong" role="alert">${wrong}</p>`}
<form method="post" action="/sign-in"><label for="token">Token</label>
<input id="token" name="token" type="password" autocomplete="current-password" required autofocus>
<button>Sign in</button></form>`,
  )

/** Shown while the board's bundle is being made; it looks again by itself. */
export const buildingPage = (): string =>
  plainPage(
    'Starting',
    '<h1>Plantwatch is starting</h1><p>The board is being put together. This page opens it by itself in a moment.</p><progress aria-label="starting"></progress>',
    '<meta http-equiv="refresh" content="1">',
  )
