#!/usr/bin/env node
// Docker's HEALTHCHECK: whether the service in this container is well. Plain JavaScript, because it runs four times a minute.
// A container has ports of its own, so whatever answers on one of these is the service; one that is there and unwell counts.
const ports = {
  PLANTWATCH_STORE_PORT: 8086,
  PLANTWATCH_INGESTOR_PORT: 8087,
  PLANTWATCH_ANALYTICS_PORT: 8088,
}

const answers = await Promise.all(
  Object.entries(ports).map(([variable, fallback]) =>
    fetch(`http://127.0.0.1:${process.env[variable] || fallback}/health`, { signal: AbortSignal.timeout(4_000) })
      .then((response) => response.json())
      .catch((error) => (error.cause?.code === 'ECONNREFUSED' ? null : { status: 'fail', message: error.message })),
  ),
)
const found = answers.filter((answer) => answer !== null)
for (const { name = 'service', status, message } of found) console.log(`${name}: ${status}, ${message}`)
if (found.length === 0) console.log('no service answers')
process.exitCode = found.length > 0 && found.every(({ status }) => status === 'pass') ? 0 : 1
