/** A column's title, as it is written where spaces are in the way: in CSV, and in `--columns`. */
export function columnName(title: string): string {
  return title.trim().toLowerCase().replaceAll(" ", "_");
}
