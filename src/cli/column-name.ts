/** A column's title, as it is written where spaces are in the way: in CSV, and in `--columns`, which takes hyphens too. */
export function columnName(title: string): string {
  return title.trim().toLowerCase().replaceAll(/[ -]/g, "_");
}
