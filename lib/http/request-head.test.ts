import { createServer } from 'node:http'
import { type AddressInfo, connect } from 'node:net'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RequestHead, readRequestHead } from './request-head.ts'

const read = (text: string): RequestHead | null => readRequestHead(Buffer.from(text, 'latin1'))
const plain = 'POST /write?db=a HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n'

describe('the head of a plain POST', () => {
  it('is read with its headers in any case and order', () => {
    const head =
      'POST /a?b=%20c HTTP/1.1\r\nCONTENT-length:\t12 \r\nauthorization: Token a b\r\nHost:\r\ncontent-encoding: gzip\r\nidempotency-key: k\r\nX-Other: \xe9\r\nx-other: twice\r\n\r\n'
    expect(read(`${head}body`)).toEqual({
      target: '/a?b=%20c',
      contentLength: 12,
      authorization: 'Token a b',
      contentEncoding: 'gzip',
      idempotencyKey: 'k',
      bytes: head.length,
    })
  })

  it.each([
    ['cut short', 'POST /write HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n'],
    ['another method', 'PUT /write HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n'],
    ['an absolute address', 'POST http://x/write HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n'],
    ['a folded line', `${plain}X-A: b\r\n c\r\n\r\n`],
    ['a line feed alone', `${plain}X-A: b\nTransfer-Encoding: chunked\r\n\r\n`],
    ['a carriage return alone', `${plain}X-A: b\rTransfer-Encoding: chunked\r\n\r\n`],
    ['a zero byte', `${plain}X-A: b\0\r\n\r\n`],
    ['two tokens', `${plain}Authorization: Token a\r\nAuthorization: Token b\r\n\r\n`],
    ['two hosts', `${plain}Host: y\r\n\r\n`],
    ['chunks', `${plain}Transfer-Encoding: chunked\r\n\r\n`],
    ['another protocol', `${plain}Connection: upgrade\r\nUpgrade: h2c\r\n\r\n`],
    ['a tab behind the length', 'POST /write HTTP/1.1\r\nHost: x\r\nContent-Length: 3\t\r\n\r\n'],
    ['two lengths in one', 'POST /write HTTP/1.1\r\nHost: x\r\nContent-Length: 3, 3\r\n\r\n'],
    ['too long', `${plain}X-A: ${'a'.repeat(9_000)}\r\n\r\n`],
  ])('is left alone: %s', (_, head) => {
    expect(read(head)).toBeNull()
  })
})

describe('what is read as a plain POST', () => {
  const server = createServer((request, response) => {
    let bytes = 0
    request.on('data', (part: Buffer) => {
      bytes += part.length
    })
    const { authorization, 'content-encoding': contentEncoding, 'idempotency-key': idempotencyKey } = request.headers
    const { url: target, method } = request
    request.on('end', () =>
      response.end(JSON.stringify({ method, target, bytes, authorization, contentEncoding, idempotencyKey })),
    )
  })
  beforeAll(() => new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve)))
  afterAll(() => {
    server.closeAllConnections()
    server.close()
  })
  const asNodeReadsIt = (text: string): Promise<string> =>
    new Promise((resolve) => {
      const socket = connect((server.address() as AddressInfo).port, '127.0.0.1')
      let answer = ''
      socket.on('error', () => resolve(answer))
      socket.on('close', () => resolve(answer))
      socket.on('data', (part: Buffer) => {
        answer += part.toString()
      })
      socket.end(text, 'latin1')
    })

  it('is read the same by Node, whatever was done to it', async () => {
    const whole = `POST /api/v2/write?org=o HTTP/1.1\r\nHost: here\r\nAuthorization: Token t\r\nContent-Encoding: gzip\r\nIdempotency-Key: k\r\nConnection: keep-alive\r\nAccept: */*\r\nContent-Length: 4\r\n\r\n`
    const pieces = [
      '\r\n',
      '\n',
      '\r',
      ' ',
      '\t',
      ':',
      ',',
      '\0',
      '\x7f',
      '\x80',
      '"',
      'chunked',
      'Content-Length: 2\r\n',
      'Transfer-Encoding: chunked\r\n',
      'Host: there\r\n',
      'X: y\r\n',
      '0',
      '4',
      ';',
      'Connection: close\r\n',
    ]
    const change = fc.record({
      at: fc.nat(whole.length),
      cut: fc.integer({ min: 0, max: 3 }),
      put: fc.constantFrom('', ...pieces),
    })
    let plainOnes = 0
    await fc.assert(
      fc.asyncProperty(fc.array(change, { maxLength: 3 }), async (changes) => {
        let text = whole
        for (const { at, cut, put } of changes) text = text.slice(0, at) + put + text.slice(at + cut)
        const head = read(text)
        if (head === null) return
        plainOnes++
        const answer = await asNodeReadsIt(
          `${text}${'x'.repeat(head.contentLength)}`.slice(0, head.bytes + head.contentLength),
        )
        const { target, authorization, contentEncoding, idempotencyKey, contentLength: bytes } = head
        expect(answer).toMatch(/^HTTP\/1\.1 200/)
        expect(JSON.parse(answer.slice(answer.indexOf('{'), answer.lastIndexOf('}') + 1))).toEqual(
          JSON.parse(JSON.stringify({ method: 'POST', target, bytes, authorization, contentEncoding, idempotencyKey })),
        )
      }),
      { numRuns: 2_000 },
    )
    expect(plainOnes).toBeGreaterThan(300)
  }, 60_000)
})
