/** What two calls differ in, as the page gets it: which frames belong together, and their members that are not the same. */

import type { Frame } from "./journal";
import type { Story } from "./story";

/** A member that differs: its path, and its value on both sides as JSON; null where there is none. */
export type Field = [path: string, left: string | null, right: string | null];

/** Frames that belong together; null where the other call has none. Without fields they are the same. */
export type Told = [left: number | null, right: number | null, fields?: Field[]];

/** `left` and `right` are numbers of calls of the run. */
export interface Difference {
  left: number;
  right: number;
  rows: Told[];
  left_out: number;
}

export type Sort = "same" | "changed" | "left" | "right";

export interface Row {
  place: number;
  sort: Sort;
  left: Frame | undefined;
  right: Frame | undefined;
  fields: readonly Field[];
}

/** Rows with their frames. A frame for which the page had no room is not there, and neither is a row that had only that. */
export function rowsOf(told: readonly Told[], left: Story, right: Story): Row[] {
  const rows: Row[] = [];
  for (const [one, other, fields = []] of told) {
    const [first, second] = [one === null ? undefined : left.frame(one), other === null ? undefined : right.frame(other)];
    if (first === undefined && second === undefined) continue;
    const sort = other === null ? "left" : one === null ? "right" : fields.length > 0 ? "changed" : "same";
    rows.push({ place: rows.length, sort, left: first, right: second, fields });
  }
  return rows;
}

/** Rows that differ, and `around` of those before and after each. */
export function withContext(rows: readonly Row[], around: number): Row[] {
  const near = new Set<number>();
  for (const row of rows) {
    if (row.sort === "same") continue;
    for (let place = row.place - around; place <= row.place + around; place += 1) near.add(place);
  }
  return rows.filter((row) => near.has(row.place));
}

export interface Counted {
  same: number;
  changed: number;
  left: number;
  right: number;
}

export function counted(rows: readonly Row[]): Counted {
  const found: Counted = { same: 0, changed: 0, left: 0, right: 0 };
  for (const row of rows) found[row.sort] += 1;
  return found;
}

/** The next row (or the one before) that differs; the first one behind the last. */
export function nextDifference(rows: readonly Row[], place: number, by: 1 | -1): Row | undefined {
  const differing = rows.filter((row) => row.sort !== "same");
  const ahead = by > 0 ? differing.find((row) => row.place > place) : differing.filter((row) => row.place < place).pop();
  return ahead ?? (by > 0 ? differing[0] : differing[differing.length - 1]);
}
