import { request } from 'node:http'
import { connect } from 'node:net'

/** What came of some requests. */
export interface Counted {
  /** How many were answered how: `413`, `closed`, … */
  readonly answers: Answers
  readonly requests: number
  /** The longest answer, bytes. */
  readonly answerBytesMax: number
}

/** An ingestor under attack. */
export interface Target {
  readonly url: string
  readonly token: string
}

export type Answers = Readonly<Record<string, number>>

export interface Answer {
  /** 0: the connection was closed without one. */
  readonly status: number
  readonly text: string
}

/** Sends a write as it is, over a connection of its own. */
export function post(
  target: Target,
  body: string | Buffer,
  headers: Readonly<Record<string, string>> = {},
  precision = 'ns',
): Promise<Answer> {
  return new Promise((resolve) => {
    const sent = request(
      `${target.url}/api/v2/write?org=bench&bucket=plant_raw&precision=${precision}`,
      { method: 'POST', agent: false, headers: { Authorization: `Token ${target.token}`, ...headers } },
      (response) => {
        const parts: Buffer[] = []
        response.on('data', (part: Buffer) => parts.push(part))
        response.on('error', () => resolve({ status: response.statusCode!, text: '' }))
        response.on('end', () => resolve({ status: response.statusCode!, text: Buffer.concat(parts).toString() }))
      },
    )
    sent.on('error', () => resolve({ status: 0, text: '' }))
    sent.end(body)
  })
}

/** Sends bytes and hangs up: once there is an answer, or after a while without one. */
export function rawRequest(
  target: Target,
  bytes: string,
  patienceMs: number,
): Promise<{ readonly status: string; readonly bytes: number }> {
  const { hostname, port } = new URL(target.url)
  return new Promise((resolve) => {
    const socket = connect(Number(port), hostname)
    let text = ''
    const hangUp = setTimeout(() => socket.destroy(), patienceMs)
    socket.on('connect', () => socket.write(bytes))
    socket.on('data', (part: Buffer) => {
      text += part.toString('latin1')
      if (text.includes('\r\n\r\n')) socket.destroy()
    })
    socket.on('error', () => {})
    socket.on('close', () => {
      clearTimeout(hangUp)
      resolve({ status: /^HTTP\/1\.1 (\d+)/.exec(text)?.[1] ?? 'closed', bytes: text.length })
    })
  })
}

export function count(all: readonly Answer[]): Counted {
  const answers: Record<string, number> = {}
  for (const { status } of all) {
    const key = status === 0 ? 'closed' : String(status)
    answers[key] = (answers[key] ?? 0) + 1
  }
  return { answers, requests: all.length, answerBytesMax: Math.max(...all.map(({ text }) => text.length)) }
}
