/** A call as people would tell it: who said what, what was cut off, which tools were called, which keys pressed. */

import { type Frame, is, legOf, textIn } from "../call/journal";
import type { Story } from "../call/story";
import type { Spoken } from "./store";

export type Saying =
  | { by: "caller" | "assistant"; key: string; at_s: number; seq: number; text: string; cut: string; cut_s: number; open: boolean }
  | { by: "tool"; key: string; at_s: number; seq: number; text: string; open: boolean; bad: boolean }
  | { by: "note"; key: string; at_s: number; seq: number; text: string; bad: boolean };

/** What was said in this call, in order. While the assistant speaks, `spoken` are its words. */
export function conversation(story: Story, spoken: Spoken | null): Saying[] {
  const said: Saying[] = story.speech.utterances
    .filter((one) => one.leg === 0)
    .map((one) => {
      const open = one.end_s === null;
      const text = open ? (spoken?.heard ?? spoken?.text ?? "") : one.text;
      return { by: one.by, key: `${one.by} ${one.seq}`, at_s: one.begin_s, seq: one.by === "caller" ? one.seq : one.last_seq, text, cut: one.cut, cut_s: one.cut_s, open };
    });
  const tools: Saying[] = story.spans
    .filter((one) => one.lane === "app" && one.leg === 0)
    .map((one) => ({ by: "tool", key: `tool ${one.seq}`, at_s: one.begin_s, seq: one.seq, text: one.label, open: one.end_s === null, bad: one.bad }));
  return [...said, ...tools, ...story.frames.flatMap(noted)].sort((one, other) => one.at_s - other.at_s || one.seq - other.seq);
}

/** jambonz cancels whenever the caller speaks; that nothing was under way any more is the usual case, and nobody at a phone would notice. */
const HARMLESS = "response_cancel_not_active";

function noted(frame: Frame): Saying[] {
  if (legOf(frame) !== 0) return [];
  const note = (text: string, bad = false): Saying[] => [{ by: "note", key: `note ${frame.seq}`, at_s: frame.at_s, seq: frame.seq, text, bad }];
  if (frame.link === "media" && frame.from === "caller" && frame.kind === "presses") return note(`pressed ${textIn(frame.frame, "digits") ?? ""}`);
  if (is(frame, "media", "caller", "hangs_up")) return note("hung up");
  if (is(frame, "media", "jambonz", "call_ended")) return note("the call has ended");
  if (is(frame, "model", "model", "response.done") && textIn(frame.frame, "response", "status") === "failed") {
    return note(`the model failed: ${textIn(frame.frame, "response", "status_details", "error", "code") ?? textIn(frame.frame, "response", "status_details", "error", "type") ?? "no reason given"}`, true);
  }
  if (is(frame, "model", "model", "error")) {
    const code = textIn(frame.frame, "error", "code") ?? textIn(frame.frame, "error", "type") ?? "no reason given";
    return code === HARMLESS ? [] : note(`the model's error: ${code}`, true);
  }
  return [];
}

/** Whether the assistant speaks just now, so that who speaks too interrupts. */
export const assistantSpeaks = (story: Story): boolean => story.speech.utterances.some((one) => one.by === "assistant" && one.leg === 0 && one.end_s === null);
