/**
 * Flux that puts a machine's whole course into one table: context tags (`lot`, `product`, …) split a series at each lot,
 * so whoever wants to see, integrate or compare a course groups by machine, sensor and field and sorts by time first.
 * (The measurement stays apart as well: sensors of two measurements may share a name, and must not be mixed.)
 * Goes after the filter: `from(…) |> range(…) |> filter(…)${wholeCourse()} |> aggregateWindow(…)`.
 * @param also further columns that stay apart, such as `product`
 * @returns text that begins with a line break and `|>`
 */
export function wholeCourse(also: readonly string[] = []): string {
  const columns = ['_measurement', 'machine', 'sensor', '_field', ...also]
    .map((column) => JSON.stringify(column))
    .join(', ')
  return `\n  |> group(columns: [${columns}])\n  |> sort(columns: ["_time"])`
}
