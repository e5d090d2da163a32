/** Stands in for the code editors that Grafana's components could open; a board for looking at has none. */
export default null
export const Editor = null
export const DiffEditor = null
export const useMonaco = (): null => null
export const loader = { config() {}, init: () => Promise.reject(new Error('there is no editor in the board')) }
