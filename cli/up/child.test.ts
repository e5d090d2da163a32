import { afterEach, expect, it } from 'vitest'
import { freePorts } from '../../lib/http/free-port.ts'
import { isAlive } from '../../lib/process/identity.ts'
import { temporaryFolder } from '../../test/support/temporary-folder.ts'
import { Child } from './child.ts'

let child: Child
afterEach(() => child.end(2_000))

const environment = { INFLUX_URL: 'http://127.0.0.1:9', INFLUX_TOKEN: 'x', PLANTWATCH_TOKEN: 'operator' }

it('a service that is killed is started again on its port, with the lock of the killed one in no way; it ends on our word', async () => {
  const [port] = await freePorts(1)
  const said: string[] = []
  child = new Child({
    name: 'ingestor',
    arguments: ['ingestor', '--port', String(port), '--data', await temporaryFolder()],
    environment,
    log: (line) => said.push(line),
  })
  const line = await child.ready()
  expect(line).toEqual({ ready: true, ingestor: { url: `http://127.0.0.1:${port}`, token: 'operator' } })
  const first = child.pid!
  process.kill(first, 'SIGKILL')
  await expect.poll(() => child.state).toBe('restarting')
  expect(await child.ready()).toEqual(line)
  expect([child.restarts, child.pid === first]).toEqual([1, false])
  expect(said).toEqual(['ingestor ended (SIGKILL); starting it again in 0.1 s'])
  expect((await fetch(`http://127.0.0.1:${port}/health`)).status).toBe(200)
  const second = child.pid!
  await child.end(5_000)
  expect(isAlive(second)).toBe(false)
})

it('a service gets the flags of its runtime, and no others', async () => {
  let said: string[] = []
  const start = async (runtimeFlags?: readonly string[]): Promise<number> => {
    said = []
    child = new Child({
      name: 'ingestor',
      arguments: ['ingestor', '--nonsense'],
      environment: { ...environment, NODE_NO_WARNINGS: '1' },
      log: (line) => said.push(line),
      ...(runtimeFlags === undefined ? {} : { runtimeFlags }),
    })
    await child.ready(1)
    const status = Number(/exit status (\d+)/.exec(said.join())?.[1])
    await child.end(1_000)
    return status
  }
  // Node ends with 9 at a flag it does not know, our program with 2 at an option it does not know.
  expect(await start(['--no-such-flag-of-node'])).toBe(9)
  expect(await start(['--single-threaded-gc'])).toBe(2)
  expect(await start()).toBe(2)
})

it('one that cannot start is given up after so many failures, by whoever waits', async () => {
  child = new Child({
    name: 'ingestor',
    arguments: ['ingestor', '--port', '70000'],
    environment: { ...environment, NODE_NO_WARNINGS: '1' },
    log: () => {},
  })
  expect(await child.ready(2)).toBeNull()
  expect(child.failures).toBe(2)
})
