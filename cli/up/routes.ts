/** Parts that the gateway passes requests on to. */
export type PartName = 'store' | 'ingestor' | 'analytics'

export interface ProxyRoute {
  /** The path itself, and everything below it unless `exact`. */
  readonly path: string
  readonly exact?: true
  readonly to: PartName
  /** Whoever is signed in may use it as the operator's token does: people work with it in a browser. */
  readonly people?: true
}

/** Which part answers what; the first row that fits wins. What fits none is the gateway's own: health, sign-in, the board. */
export const proxyRoutes: readonly ProxyRoute[] = [
  { path: '/api/v2/write', exact: true, to: 'ingestor' },
  { path: '/write', exact: true, to: 'ingestor' },
  { path: '/api/v2', to: 'store' },
  { path: '/query', exact: true, to: 'store' },
  { path: '/ping', exact: true, to: 'store' },
  { path: '/api/v1/events', to: 'ingestor' },
  { path: '/api/v1/context', to: 'ingestor', people: true },
  { path: '/context', exact: true, to: 'ingestor' },
  { path: '/api/v1/dead-letters', to: 'ingestor' },
  { path: '/api/v1/quarantine', to: 'ingestor' },
  { path: '/api/v1/tokens', to: 'ingestor' },
  { path: '/api/v1/machines', to: 'analytics' },
  { path: '/api/v1/energy', to: 'analytics' },
  { path: '/api/v1/occupancy', to: 'analytics' },
  { path: '/api/v1/fleet', to: 'analytics' },
  { path: '/api/v1/lots', to: 'analytics' },
  { path: '/api/v1/products', to: 'analytics' },
  { path: '/api/v1/jobs', to: 'analytics' },
]

/** The part that answers a path, or null when the gateway itself does. @param path without parameters */
export const partFor = (path: string): PartName | null => routeFor(path)?.to ?? null

/** The row of a path, or null. @param path without parameters */
export const routeFor = (path: string): ProxyRoute | null =>
  proxyRoutes.find((route) => path === route.path || (route.exact !== true && path.startsWith(`${route.path}/`))) ??
  null
