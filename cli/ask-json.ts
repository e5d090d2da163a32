import { ask, type ServerAt } from './server.ts'

/** One request with an answer in JSON; null where there is none. @throws as `ask` does */
export async function askJson<T>(
  server: ServerAt,
  path: string,
  method: 'GET' | 'POST' | 'DELETE' = 'GET',
  body?: object,
): Promise<T> {
  const response = await ask(server, path, {
    method,
    ...(body === undefined ? {} : { headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) }),
  })
  const text = await response.text()
  return (text === '' ? null : JSON.parse(text)) as T
}

/** Parameters of an address, those without a value left out. */
export function queryText(parameters: Readonly<Record<string, string | number | undefined>>): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(parameters)) if (value !== undefined) query.set(name, String(value))
  return query.size === 0 ? '' : `?${query}`
}
