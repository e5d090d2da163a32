import { writeFile } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { runCommand } from '../../test/support/stack.ts'
import { makeTemporaryFolder, removeFolder } from '../../test/support/temporary-folder.ts'

/** Takes every batch and keeps its lines. */
let taker: Server
let lines: string[] = []
let folder: string
beforeAll(async () => {
  taker = createServer(async (request, response) => {
    let body = ''
    for await (const part of request) body += String(part)
    lines.push(...body.split('\n'))
    response.writeHead(204).end()
  })
  await new Promise<void>((resolve) => taker.listen(0, '127.0.0.1', resolve))
})
afterAll(async () => {
  taker.closeAllConnections()
  await new Promise((resolve) => taker.close(resolve))
})

const importing = async (files: Readonly<Record<string, string | Buffer>>) => {
  lines = []
  folder = await makeTemporaryFolder()
  try {
    for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text)
    return await runCommand(['import', 'machines', folder], {
      PLANTWATCH_URL: `http://127.0.0.1:${(taker.address() as AddressInfo).port}`,
      PLANTWATCH_TOKEN: 'token',
    })
  } finally {
    await removeFolder(folder)
  }
}
const good = ',x\n2024-01-01 00:00:00,1\n'

describe('an import of many files', () => {
  it('goes past one that breaks off, sums up, and ends with status 1', async () => {
    const { status, output, errors } = await importing({
      'a.csv': good,
      'b.csv': `${good}2024-01-01 00:00:01,"2\n2024-01-01 00:00:02,3\n`,
      'c.csv': Buffer.from(',\xd6l\n2024-01-01 00:00:00,1\n', 'latin1'),
      'd.csv': good,
      'modes.csv': 'machine,mode\n1,2\n',
    })
    expect(lines.map((line) => line.split(' ')[0])).toEqual([
      'machine_signal,machine=a,sensor=x',
      'machine_signal,machine=b,sensor=x',
      'machine_signal,machine=d,sensor=x',
    ])
    expect(errors).toMatch(/^b\.csv:3: a quote .*\nc\.csv:1: not written in utf-8.*\nleft out modes\.csv/m)
    expect(output).toContain('3 values of 3 rows, 3 files, 3 machines')
    expect(output).toContain('2 faults: not everything could be taken')
    expect(status).toBe(1)
  })

  it('goes past one whose header has two columns of one name, and ends with status 1', async () => {
    const { status, errors } = await importing({ 'a.csv': good, 'b.csv': ',x,x\n2024-01-01 00:00:00,1,2\n' })
    expect(lines).toEqual(['machine_signal,machine=a,sensor=x value=1 1704067200000000000'])
    expect(errors).toContain('b.csv:1: columns 2 and 3 are both called "x": rename all but one in the file')
    expect(status).toBe(1)
  })

  it('tells of a column without a name with status 1, and leaves a file of another kind out with status 0', async () => {
    const nameless = await importing({ 'a.csv': ',x,\n2024-01-01 00:00:00,1,2\n' })
    expect(nameless.errors).toContain('a.csv:1: column 3 has no name and is left out')
    expect([nameless.status, lines.length]).toEqual([1, 1])
    const other = await importing({ 'a.csv': good, 'modes.csv': 'machine,mode\n1,2\n' })
    expect([other.status, lines.length]).toEqual([0, 1])
  })
})
