/** Remembers results of a pure function by whole number. It forgets everything once in a while, which costs only time. */
export function memo<T>(compute: (index: number) => T, most = 20_000): (index: number) => T {
  const known = new Map<number, T>()
  return (index) => {
    let value = known.get(index)
    if (value === undefined) {
      if (known.size >= most) known.clear()
      value = compute(index)
      known.set(index, value)
    }
    return value
  }
}
