/**
 * One attack, in a process of its own at the lowest priority: attackers have machines of their own, so that the time which this one
 * spends must come neither from the ingestor nor from the other sender. Told "go", it attacks, and hands over what came of it.
 */
import { setPriority } from 'node:os'
import { everyAttack } from './attacks.ts'
import type { Target } from './post.ts'

const [name, connections, url, token] = process.argv.slice(2) as [string, string, string, string]
setPriority(19)
const attack = everyAttack(Number(connections)).find((one) => one.name === name)!
const target: Target = { url, token }
process.once('message', () => {
  void attack.run(target).then(
    (attacked) => process.send!({ attacked }),
    (error: unknown) => process.send!({ error: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))
process.send!('ready')
