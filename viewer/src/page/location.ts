import { useSyncExternalStore } from 'react'

/** Where the page is: the dashboard, and everything that was chosen, so that an address can be sent to somebody. */
export interface Place {
  /** Null: whatever opens by itself. */
  readonly uid: string | null
  readonly parameters: URLSearchParams
}

const listeners = new Set<() => void>()
let current = read()

function read(): Place {
  const match = /^\/d\/([^/]+)/.exec(window.location.pathname)
  return {
    uid: match === null ? null : decodeURIComponent(match[1]!),
    parameters: new URLSearchParams(window.location.search),
  }
}

function changed(): void {
  current = read()
  for (const listener of listeners) listener()
}

window.addEventListener('popstate', changed)

/** Goes to an address of the board without loading the page again. @param replace takes the place of the last step back */
export function goTo(address: string, replace = false): void {
  if (address === window.location.pathname + window.location.search) return
  window.history[replace ? 'replaceState' : 'pushState'](null, '', address)
  changed()
}

/** Changes parameters of the address; null takes one away, a list writes it several times. */
export function choose(changes: Readonly<Record<string, string | readonly string[] | null>>, replace = false): void {
  const parameters = new URLSearchParams(window.location.search)
  for (const [name, value] of Object.entries(changes)) {
    parameters.delete(name)
    for (const one of value === null ? [] : [value].flat()) parameters.append(name, one as string)
  }
  const query = parameters.toString()
  goTo(window.location.pathname + (query === '' ? '' : `?${query}`), replace)
}

export const usePlace = (): Place =>
  useSyncExternalStore(
    (listener) => {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    () => current,
  )

/** Lets links to dashboards, wherever they stand, change the page and not load it again. */
export function followLinks(event: MouseEvent): void {
  if (event.defaultPrevented || event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey)
    return
  const link = (event.target as Element).closest?.('a[href]') as HTMLAnchorElement | null
  if (link === null || (link.target !== '' && link.target !== '_self')) return
  const url = new URL(link.href, window.location.href)
  if (url.origin !== window.location.origin || !(url.pathname === '/' || url.pathname.startsWith('/d/'))) return
  event.preventDefault()
  goTo(url.pathname + url.search)
  window.scrollTo(0, 0)
}
