/** Which scenarios and which frames are shown. */

import type { Call, Frame } from "./journal";
import { gist, isPiece } from "./words";

export type Which = "all" | "bad" | "warned";

export const hasWarning = (call: Call): boolean => call.findings.some((one) => one.severity === "warning");

/** Scenarios with all of these words in name, file or outcome. */
export function siftCalls(calls: readonly Call[], which: Which, query: string): Call[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  return calls.filter((call) => {
    if (which === "bad" && call.outcome === "passed") return false;
    if (which === "warned" && !hasWarning(call)) return false;
    const text = `${call.name} ${call.file} ${call.outcome}`.toLowerCase();
    return wanted.every((word) => text.includes(word));
  });
}

const texts = new WeakMap<Frame, string>();

/** All that can be searched of a frame. It is made once: a frame never changes. */
function textOf(frame: Frame): string {
  let text = texts.get(frame);
  if (text === undefined) {
    text = `${frame.kind} #${frame.seq} ${gist(frame)} ${JSON.stringify(frame.frame)}`.toLowerCase();
    texts.set(frame, text);
  }
  return text;
}

/** Frames of these links with all of these words; pieces of sound and text only when they are wanted. */
export function siftFrames(frames: readonly Frame[], hidden: ReadonlySet<string>, pieces: boolean, query: string): Frame[] {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  return frames.filter((frame) => !hidden.has(frame.link) && (pieces || !isPiece(frame)) && wanted.every((word) => textOf(frame).includes(word)));
}
