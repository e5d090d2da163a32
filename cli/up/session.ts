import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hashToken, sameHash } from '../../lib/tokens/hash.ts'

/** A wall screen is signed in once and then left alone for months. */
export const sessionDays = 90
const sessionMs = sessionDays * 86_400_000
/** An old printed link is worth nothing. */
const keyMs = 24 * 3_600_000
/** More browsers than a plant has; the oldest goes first. */
const sessionsMax = 1_000

interface Kept {
  /** SHA-256 of the cookie's value, hex. */
  readonly hash: string
  readonly untilMs: number
}

/**
 * Who is signed in to the board. A one-time key (the printed link) or the operator's token is changed for a cookie; what
 * is kept of all three is a hash. Sessions outlive a restart in a file that only the owner can read.
 */
export class Sessions {
  readonly #operator: Buffer
  /** Of this stack alone: cookies know no ports, so two stacks on one machine would sign each other out under one name. */
  readonly cookieName: string
  #keys: { hash: Buffer; untilMs: number }[] = []
  #sessions: Kept[] = []
  #saving: Promise<void> = Promise.resolve()

  private constructor(
    operatorToken: string,
    /** Null keeps them in memory alone. */
    readonly path: string | null,
    readonly nowMs: () => number,
  ) {
    this.#operator = hashToken(operatorToken)
    this.cookieName = `plantwatch-session-${hashToken(`name ${operatorToken}`).toString('hex').slice(0, 8)}`
  }

  static async open(operatorToken: string, path: string | null, nowMs: () => number = Date.now): Promise<Sessions> {
    const sessions = new Sessions(operatorToken, path, nowMs)
    if (path !== null) {
      const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
        if (error.code === 'ENOENT') return '[]'
        throw error
      })
      try {
        sessions.#sessions = (JSON.parse(text) as Kept[]).filter(({ untilMs }) => untilMs > nowMs())
      } catch {} // a damaged file: everybody signs in once more
    }
    return sessions
  }

  /** A key for the printed link: good for one sign-in. */
  newKey(): string {
    const key = randomBytes(24).toString('base64url')
    this.#keys.push({ hash: hashToken(key), untilMs: this.nowMs() + keyMs })
    return key
  }

  isOperator(token: string): boolean {
    return sameHash(hashToken(token), this.#operator)
  }

  /** Changes a key or the operator's token for a cookie's value; null when it is neither, or the key was used. */
  async signIn(keyOrToken: string): Promise<string | null> {
    if (!this.isOperator(keyOrToken)) {
      const hash = hashToken(keyOrToken)
      const now = this.nowMs()
      const found = this.#keys.find((key) => sameHash(key.hash, hash) && key.untilMs > now)
      if (found === undefined) return null
      this.#keys = this.#keys.filter((key) => key !== found && key.untilMs > now)
    }
    const value = randomBytes(32).toString('base64url')
    this.#sessions.push({ hash: hashToken(value).toString('hex'), untilMs: this.nowMs() + sessionMs })
    await this.#save()
    return value
  }

  /** Whether a request's Cookie header belongs to a signed-in browser. */
  isSignedIn(header: string | undefined): boolean {
    const cookieValue = cookieOf(header, this.cookieName)
    if (cookieValue === null) return false
    const hash = hashToken(cookieValue)
    return this.#sessions.some((kept) => kept.untilMs > this.nowMs() && sameHash(Buffer.from(kept.hash, 'hex'), hash))
  }

  async signOut(header: string | undefined): Promise<void> {
    const cookieValue = cookieOf(header, this.cookieName)
    if (cookieValue === null) return
    const hash = hashToken(cookieValue).toString('hex')
    this.#sessions = this.#sessions.filter((kept) => kept.hash !== hash)
    await this.#save()
  }

  #save(): Promise<void> {
    const { path } = this
    this.#sessions = this.#sessions.filter(({ untilMs }) => untilMs > this.nowMs()).slice(-sessionsMax)
    if (path === null) return Promise.resolve()
    this.#saving = this.#saving
      .catch(() => {})
      .then(async () => {
        await mkdir(dirname(path), { recursive: true, mode: 0o700 })
        await writeFile(`${path}.new`, JSON.stringify(this.#sessions), { mode: 0o600 })
        await rename(`${path}.new`, path)
      })
    return this.#saving
  }
}

/** A cookie's value out of the header, or null. */
export function cookieOf(header: string | undefined, cookieName: string): string | null {
  for (const part of header?.split(';') ?? []) {
    const [name, value] = part.trim().split('=', 2)
    if (name === cookieName && value !== undefined && value !== '') return value
  }
  return null
}
