/**
 * The page on which a shift leader says what runs: `/context`. Tap the machine, tap what happened, tap to confirm. It is one file without
 * anything from elsewhere, and holds no secret: what it shows and sends goes by the API, with the gateway's session or a token that is
 * asked for and kept for this tab alone.
 */

const style = `
:root { color-scheme: light dark; --text: #24292e; --soft: #5a6470; --page: #f4f5f5; --card: #fff; --line: #d8dde3; --accent: #1f62e0; --good: #1a7f4b; --bad: #b3261e }
@media (prefers-color-scheme: dark) { :root { --text: #e3e6ea; --soft: #9aa4b1; --page: #111217; --card: #1b1e23; --line: #343b45; --accent: #6e9fff; --good: #5fd38d; --bad: #ff8a80 } }
* { box-sizing: border-box }
body { margin: 0; background: var(--page); color: var(--text); font: 17px/1.4 Inter, system-ui, sans-serif }
header { display: flex; align-items: center; gap: 1rem; padding: .8rem 1.2rem; border-bottom: 1px solid var(--line); background: var(--card) }
h1 { margin: 0; font-size: 1.25rem; flex: 1 } header a { color: var(--accent) }
#state { color: var(--soft); font-size: .9rem } #state.bad, .wrong { color: var(--bad) }
main { display: grid; gap: .9rem; padding: 1rem 1.2rem; grid-template-columns: repeat(auto-fill, minmax(min(15rem, 100%), 1fr)) }
button, input, select { font: inherit; color: inherit }
.machine { text-align: left; min-height: 8.2rem; padding: .9rem 1rem; background: var(--card); border: 1px solid var(--line); border-left: 6px solid var(--line); border-radius: 10px; cursor: pointer; overflow-wrap: anywhere }
.machine.runs { border-left-color: var(--good) }
.machine b { display: block; font-size: 1rem; color: var(--soft); font-weight: 600 } .machine .lot { display: block; font-size: 1.5rem; font-weight: 700; margin: .1rem 0 }
.machine small { display: block; color: var(--soft) } .machine.add { display: grid; place-items: center; text-align: center; border-style: dashed; border-left-width: 1px; color: var(--soft) }
dialog { width: min(34rem, calc(100vw - 1.2rem)); max-height: calc(100vh - 1.2rem); padding: 1.2rem; border: 1px solid var(--line); border-radius: 12px; background: var(--card); color: var(--text) }
dialog::backdrop { background: #0008 } dialog h2 { margin: 0 0 .8rem; font-size: 1.25rem; overflow-wrap: anywhere }
.choices, .actions { display: flex; gap: .6rem; flex-wrap: wrap; margin-bottom: .9rem } .actions { margin: 1rem 0 0 }
.choices button, .actions button { flex: 1; min-height: 3.2rem; padding: .4rem 1rem; border: 1px solid var(--line); border-radius: 8px; background: var(--page); font-weight: 600; cursor: pointer }
.choices button[aria-pressed=true] { border-color: var(--accent); color: var(--accent); box-shadow: inset 0 0 0 1px var(--accent) }
.actions .go { flex: 2; background: #1f62e0; border-color: #1f62e0; color: #fff } .actions .remove { color: var(--bad) }
label { display: block; margin-bottom: .7rem; font-size: .85rem; font-weight: 600; color: var(--soft) }
label input, label select { display: block; width: 100%; min-height: 2.9rem; margin-top: .2rem; padding: .4rem .7rem; border: 1px solid var(--line); border-radius: 8px; background: var(--page); color: var(--text); font-size: 1.05rem; font-weight: 500 }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 0 .8rem } @media (max-width: 26rem) { .pair { grid-template-columns: 1fr } }
:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px } [hidden] { display: none !important }`

const script = `
'use strict'
const tags = ['lot', 'product', 'operator', 'order']
const names = { lot: 'Lot', product: 'Product', operator: 'Operator', order: 'Order' }
const at = (id) => document.getElementById(id)
let machines = []
let open = null

async function ask(path, method, body) {
  const token = sessionStorage.getItem('plantwatch-token')
  const response = await fetch('/api/v1/context/' + path, {
    method: method || 'GET', cache: 'no-store',
    headers: { ...(token ? { Authorization: 'Token ' + token } : {}), ...(body ? { 'Content-Type': 'application/json' } : {}) },
    ...(body ? { body: JSON.stringify(body) } : {}),
  })
  if (response.status === 401 || response.status === 403) { sessionStorage.removeItem('plantwatch-token'); signIn(token !== null); throw new Error('not signed in') }
  const answer = await response.json().catch(() => ({}))
  if (!response.ok) throw new Error(answer.message || 'the server answered ' + response.status)
  return answer
}
function signIn(wasWrong) {
  at('token-wrong').hidden = !wasWrong
  if (!at('sign-in').open) at('sign-in').showModal()
}
function tell(text, bad) { at('state').textContent = text; at('state').className = bad ? 'bad' : '' }
const clock = (iso) => { const d = new Date(iso); const today = new Date().toDateString() === d.toDateString(); return (today ? '' : d.toLocaleDateString() + ' ') + d.toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }) }
const localInput = (d) => { const two = (n) => String(n).padStart(2, '0'); return d.getFullYear() + '-' + two(d.getMonth() + 1) + '-' + two(d.getDate()) + 'T' + two(d.getHours()) + ':' + two(d.getMinutes()) }
const valuesOf = (interval) => Object.fromEntries(tags.filter((tag) => interval && interval[tag]).map((tag) => [tag, interval[tag]]))
const element = (name, props, ...inside) => { const e = Object.assign(document.createElement(name), props); e.append(...inside); return e }

async function load() {
  let list = []
  for (let path = 'machines?limit=1000'; path; ) {
    const answer = await ask(path)
    list = list.concat(answer.machines)
    path = answer.links.next ? answer.links.next.replace('/api/v1/context/', '') : null
  }
  machines = list
  draw()
  tell('as of ' + new Date().toLocaleTimeString([], { hour: '2-digit', minute: '2-digit' }))
}
function draw() {
  const cards = machines.map((one) => {
    const now = one.now
    const card = element('button', { className: 'machine' + (now ? ' runs' : ''), type: 'button' },
      element('b', { textContent: one.machine }),
      element('span', { className: 'lot', textContent: now ? now.lot || now.product || now.order || now.operator : '\\u2014' }),
      element('small', { textContent: now ? [now.lot ? now.product : '', now.operator].filter(Boolean).join(' \\u00b7 ') : 'nothing is known to run' }),
      element('small', { textContent: now ? 'since ' + clock(now.from) + (now.to ? ', until ' + clock(now.to) : '') : '' }))
    card.dataset.machine = one.machine
    card.onclick = () => show(one)
    return card
  })
  const add = element('button', { className: 'machine add', type: 'button', textContent: 'Another machine' })
  add.onclick = () => show({ machine: '', now: null, running: [] })
  at('machines').replaceChildren(...cards, add)
  for (const tag of tags) {
    const known = [...new Set(machines.flatMap((one) => one.running.map((r) => r[tag])).filter(Boolean))]
    at('known-' + tag).replaceChildren(...known.map((value) => element('option', { value })))
  }
}
function show(one) {
  open = { ...one, past: one.running }
  at('wrong').textContent = ''
  at('machine-name').textContent = one.machine || 'Another machine'
  at('machine-field').hidden = one.machine !== ''
  at('machine').value = ''
  at('end').hidden = at('correct').hidden = one.running.length === 0
  at('choices').hidden = one.machine === ''
  choose('start')
  at('sheet').showModal()
  if (one.machine !== '') past(one.machine).catch(() => {})
}
/** What ran before can be corrected too: the ten newest. */
async function past(machine) {
  const day = 86400000
  const from = new Date(Date.now() - 14 * day).toISOString()
  const answer = await ask('machines/' + encodeURIComponent(machine) + '?limit=1000&from=' + encodeURIComponent(from))
  if (!open || open.machine !== machine) return
  open.past = [...open.running, ...answer.intervals.reverse().filter((i) => !open.running.some((r) => r.from === i.from))].slice(0, 10)
  at('correct').hidden = open.past.length === 0
  if (open.what === 'correct') fillPast()
}
function fillPast() {
  at('which').replaceChildren(...open.past.map((i, n) => element('option', { value: String(n), textContent: [i.lot || i.product || i.order || i.operator, clock(i.from) + ' \\u2013 ' + (i.to ? clock(i.to) : 'now')].join(', ') })))
}
function choose(what) {
  open.what = what
  for (const id of ['start', 'end', 'correct']) at(id).setAttribute('aria-pressed', String(id === what))
  const running = open.running[0]
  at('values').hidden = what === 'end'
  at('which-field').hidden = what !== 'correct'
  at('from-field').hidden = what === 'end'
  at('to-field').hidden = what === 'start'
  at('remove').hidden = what !== 'correct'
  at('go').textContent = { start: 'Start now', end: 'End now', correct: 'Save' }[what]
  if (what === 'correct') { fillPast(); pick(0); return }
  // The next lot mostly has the product and the operator of the one before.
  for (const tag of tags) at(tag).value = what === 'start' && running && tag !== 'lot' ? running[tag] || '' : ''
  at('from').value = at('to').value = ''
  at('from-hint').textContent = 'Start (empty: now)'
  at('to-hint').textContent = 'End (empty: now)'
}
function pick(n) {
  const one = open.past[n]
  if (!one) return
  for (const tag of tags) at(tag).value = one[tag] || ''
  at('from').value = localInput(new Date(one.from))
  at('to').value = one.to ? localInput(new Date(one.to)) : ''
  at('from-hint').textContent = 'Start'
  at('to-hint').textContent = 'End (empty: goes on)'
}
/** A time that was not touched stays what it was, to the nanosecond. */
const timeOf = (id, before) => {
  const text = at(id).value
  if (text === '') return null
  return before && text === localInput(new Date(before)) ? before : new Date(text).toISOString()
}
async function save() {
  const machine = open.machine || at('machine').value.trim()
  if (machine === '') throw new Error('Which machine is it?')
  const path = 'machines/' + encodeURIComponent(machine)
  const typed = Object.fromEntries(tags.map((tag) => [tag, at(tag).value.trim()]).filter((pair) => pair[1] !== ''))
  const nothing = Object.keys(typed).length === 0
  if (open.what === 'start') {
    if (nothing) throw new Error('Give a lot, a product, an order or an operator.')
    const from = timeOf('from') || new Date().toISOString()
    // What runs ends as this one starts; what would begin later than that is covered by it.
    const ended = open.running.filter((r) => Date.parse(r.from) < Date.parse(from)).map((r) => ({ ...valuesOf(r), from: r.from, to: from }))
    await ask(path, 'PUT', [...ended, { ...typed, from }])
  } else if (open.what === 'end') {
    const to = timeOf('to') || new Date().toISOString()
    if (open.running.some((r) => Date.parse(r.from) >= Date.parse(to))) throw new Error('It began after that. Correct or remove it instead.')
    await ask(path, 'PUT', open.running.map((r) => ({ ...valuesOf(r), from: r.from, to })))
  } else {
    const one = open.past[Number(at('which').value)]
    if (nothing) throw new Error('Give a lot, a product, an order or an operator, or remove it.')
    const from = timeOf('from', one.from)
    if (from === null) throw new Error('It needs a start.')
    const to = timeOf('to', one.to)
    await ask(path, 'PUT', { ...typed, from, ...(to ? { to } : {}) })
    if (from !== one.from) await ask(path + '?from=' + encodeURIComponent(one.from), 'DELETE')
  }
}
async function remove() {
  const one = open.past[Number(at('which').value)]
  await ask('machines/' + encodeURIComponent(open.machine) + '?from=' + encodeURIComponent(one.from), 'DELETE')
}
async function act(deed) {
  at('wrong').textContent = ''
  at('go').disabled = at('remove').disabled = true
  try { await deed(); at('sheet').close(); await load() }
  catch (error) { at('wrong').textContent = error.message }
  finally { at('go').disabled = at('remove').disabled = false }
}
const refresh = () => load().catch((error) => tell(error.message, true))
for (const id of ['start', 'end', 'correct']) at(id).onclick = () => choose(id)
at('which').onchange = () => pick(Number(at('which').value))
at('form').onsubmit = (event) => { event.preventDefault(); void act(save) }
at('remove').onclick = () => void act(remove)
at('cancel').onclick = () => at('sheet').close()
at('sheet').onclose = () => { open = null }
at('token-form').onsubmit = (event) => {
  event.preventDefault()
  sessionStorage.setItem('plantwatch-token', at('token').value.trim())
  at('token').value = ''
  at('sign-in').close()
  refresh()
}
setInterval(() => { if (!at('sheet').open && !at('sign-in').open && !document.hidden) refresh() }, 15000)
refresh()`

const field = (tag: string, label: string): string =>
  `<label>${label}<input id="${tag}" list="known-${tag}" maxlength="256" autocomplete="off" autocapitalize="off" spellcheck="false"><datalist id="known-${tag}"></datalist></label>`

export const contextPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>What runs · Plantwatch</title><link rel="icon" href="data:,"><style>${style}</style></head><body>
<header><h1>What runs now</h1><span id="state" role="status"></span></header>
<main id="machines"></main>
<dialog id="sheet" aria-labelledby="machine-name"><form id="form"><h2 id="machine-name"></h2>
<label id="machine-field">Machine<input id="machine" maxlength="256" autocomplete="off" spellcheck="false"></label>
<div class="choices" id="choices"><button type="button" id="start">Start a lot</button><button type="button" id="end">End it</button><button type="button" id="correct">Correct</button></div>
<label id="which-field">Which<select id="which"></select></label>
<div id="values" class="pair">${field('lot', 'Lot')}${field('product', 'Product')}${field('operator', 'Operator')}${field('order', 'Order')}</div>
<div class="pair"><label id="from-field"><span id="from-hint"></span><input id="from" type="datetime-local"></label>
<label id="to-field"><span id="to-hint"></span><input id="to" type="datetime-local"></label></div>
<p class="wrong" id="wrong" role="alert"></p>
<div class="actions"><button type="button" id="cancel">Cancel</button><button type="button" id="remove" class="remove">Remove</button><button class="go" id="go"></button></div>
</form></dialog>
<dialog id="sign-in"><form id="token-form"><h2>Sign in</h2><p class="wrong" id="token-wrong" hidden>This token may not do that.</p>
<label>Token<input id="token" type="password" autocomplete="off" required></label>
<div class="actions"><button class="go">Sign in</button></div></form></dialog>
<script>${script}</script></body></html>`
