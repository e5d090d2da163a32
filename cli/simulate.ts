import { defaultPlant } from '../lib/plant/default-plant.ts'
import { runUntilSignal } from '../lib/process/run-until-signal.ts'
import { startSimulator } from '../simulator/service.ts'
import type { Call } from './command.ts'
import { readPlantFile } from './plant-file.ts'
import { progressBar } from './progress-bar.ts'
import { isChild, type Progress, tellParent } from './ready-line.ts'
import { findServer } from './server.ts'

/** `plantwatch simulate`. */
export async function run({ values, json }: Call): Promise<void> {
  const server = await findServer(values)
  const stop = new AbortController()
  const bar = progressBar({ quiet: json || isChild() })
  const simulating = startSimulator({
    url: server.url,
    token: server.token,
    org: values.influxOrg,
    bucket: values.influxBucket,
    plant: values.plant === null ? defaultPlant() : await readPlantFile(values.plant),
    seed: values.seed,
    historyDays: values.historyDays,
    liveEveryMs: values.liveEveryMs,
    signal: stop.signal,
    onProgress(progress: Progress) {
      if (isChild()) tellParent({ kind: 'progress', progress })
      else if (json) console.log(JSON.stringify(progress))
      else bar.show(progress)
    },
  })
  runUntilSignal(async () => {
    stop.abort(new Error('the simulator was asked to end'))
    await Promise.allSettled([simulating])
    bar.end()
  })
  await simulating
}
