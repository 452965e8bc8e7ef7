/** The journal as the page gets it: frames as the lines of a journal file have them, and what a run came to. */

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
export type Content = { [key: string]: Json };

/** One entry of the journal; `leg` is absent for the caller's call (0), `cut` says how many characters of the frame were left out. */
export interface Frame {
  seq: number;
  at_s: number;
  wall_ms?: number;
  link: string;
  from: string;
  kind: string;
  frame: Content;
  leg?: number;
  cut?: number;
}

export interface Place {
  file: string;
  line: number;
  column: number;
}

export interface Failure {
  where: Place;
  kind: string;
  problem: string;
  details: string[];
  remedy: string;
}

export interface Finding {
  code: string;
  severity: "error" | "warning";
  title: string;
  text: string;
  why: string;
  remedy: string;
  seq?: number;
}

export type Outcome = "passed" | "failed" | "error";

/** A scenario that was played. Its frames are a document of their own, `call-<number>`. */
export interface Call {
  number: number;
  name: string;
  file: string;
  line: number;
  outcome: Outcome;
  seed: number;
  virtual_s: number;
  wall_ms: number;
  failures: Failure[];
  error: string | null;
  explanation: string[];
  findings: Finding[];
  log: string[];
  frames: number;
  left_out: number;
}

export interface Run {
  schema_version: number;
  headline: string;
  exit_code: number;
  calls: Call[];
  not_played: { name: string; file: string; line: number }[];
  troubles: { where: string | null; lines: string[] }[];
}

/** What stands in `value` under these names, one inside the other; undefined where there is no such thing. */
export function inside(value: Json | undefined, ...path: string[]): Json | undefined {
  let found = value;
  for (const name of path) {
    if (found === null || typeof found !== "object" || Array.isArray(found) || !Object.hasOwn(found, name)) return undefined;
    found = found[name];
  }
  return found;
}

/** The text there; undefined when it is none, or empty. */
export function textIn(value: Json | undefined, ...path: string[]): string | undefined {
  const found = inside(value, ...path);
  return typeof found === "string" && found !== "" ? found : undefined;
}

export function numberIn(value: Json | undefined, ...path: string[]): number | undefined {
  const found = inside(value, ...path);
  return typeof found === "number" ? found : undefined;
}

/** The list there; an empty one when there is none. */
export function listIn(value: Json | undefined, ...path: string[]): Json[] {
  const found = inside(value, ...path);
  return Array.isArray(found) ? found : [];
}

export const legOf = (frame: Frame): number => frame.leg ?? 0;

/** A frame of this link, by this side, of one of these kinds. */
export function is(frame: Frame, link: string, from: string, ...kinds: string[]): boolean {
  return frame.link === link && frame.from === from && (kinds.length === 0 || kinds.includes(frame.kind));
}

/** The last frame that fits. (Not `findLast`: a browser of 2022 has none.) */
export function last<T>(some: readonly T[], fits: (one: T) => boolean): T | undefined {
  for (let place = some.length - 1; place >= 0; place -= 1) {
    const one = some[place] as T;
    if (fits(one)) return one;
  }
  return undefined;
}
