/** What took time: verbs, responses, tool calls, requests. Told frame by frame. */

import { type Frame, inside, is, legOf, numberIn, textIn } from "./journal";
import type { Role } from "./lanes";
import { toolAnswered } from "./tools";
import { duration } from "./words";

export interface Span {
  key: string;
  lane: Role;
  leg: number;
  label: string;
  note: string;
  begin_s: number;
  end_s: number | null;
  seq: number;
  last_seq: number;
  bad: boolean;
}

export type Spans = readonly Span[];

export function stepSpans(spans: Spans, frame: Frame): Spans {
  const leg = legOf(frame);
  const content = frame.frame;
  if (is(frame, "media", "jambonz", "verb")) {
    const key = `verb ${leg}`;
    return begin(end(spans, key, frame), frame, key, "jambonz", textIn(content, "verb") ?? "verb");
  }
  if (is(frame, "media", "jambonz", "call_ended")) return unanswered(end(spans, `verb ${leg}`, frame), frame);
  if (is(frame, "model", "model", "response.created")) {
    return begin(spans, frame, `response ${textIn(content, "response", "id") ?? ""}`, "model", "response");
  }
  if (is(frame, "model", "model", "response.done")) {
    const status = textIn(content, "response", "status") ?? "";
    const key = `response ${textIn(content, "response", "id") ?? ""}`;
    return end(spans, key, frame, { note: status === "completed" ? "" : status, bad: status === "failed" });
  }
  if (frame.link === "app") return ofTools(spans, frame);
  if (frame.link === "world") return ofRequests(spans, frame);
  if (is(frame, "model", "model", "closed") || is(frame, "model", "jambonz", "closed")) return endAll(spans, frame, (one) => one.lane === "model" && one.leg === leg);
  return spans;
}

/** When the call is over, nobody waits for the output of a tool any more. */
function unanswered(spans: Spans, frame: Frame): Spans {
  return endAll(spans, frame, (one) => one.lane === "app" && one.leg === legOf(frame), { note: "never answered", bad: true });
}

/** A tool works from the call until its output; over HTTP the answer to the call is the output. */
function ofTools(spans: Spans, frame: Frame): Spans {
  const content = frame.frame;
  if (is(frame, "app", "jambonz", "llm:tool-call", "agent:tool-call")) {
    const id = textIn(content, "data", "tool_call_id") ?? `#${frame.seq}`;
    const begun = begin(spans, frame, `tool ${id}`, "app", textIn(content, "data", "name") ?? "tool");
    const webhook = numberIn(content, "webhook");
    return webhook === undefined ? begun : begun.map((one) => (one.seq === frame.seq ? { ...one, key: `webhook ${webhook}` } : one));
  }
  if (is(frame, "app", "app", "command")) {
    const id = toolAnswered(frame);
    return id === undefined ? spans : end(spans, `tool ${id}`, frame);
  }
  const webhook = numberIn(content, "webhook");
  return frame.from === "app" && webhook !== undefined ? end(spans, `webhook ${webhook}`, frame) : spans;
}

function ofRequests(spans: Spans, frame: Frame): Spans {
  const number = inside(frame.frame, "number");
  if (frame.kind === "request" && typeof number === "number") {
    const url = textIn(frame.frame, "url") ?? "";
    return begin(spans, frame, `request ${number}`, "world", /^[a-z]+:\/\/([^/?#]*)/.exec(url)?.[1] ?? url);
  }
  if ((frame.kind === "reply" || frame.kind === "unstubbed") && typeof number === "number") {
    const status = numberIn(frame.frame, "status");
    const bad = frame.kind === "unstubbed" || (status !== undefined && status >= 400);
    return end(spans, `request ${number}`, frame, { note: status === undefined ? frame.kind : String(status), bad });
  }
  return spans;
}

function begin(spans: Spans, frame: Frame, key: string, lane: Role, label: string): Spans {
  return [...spans, { key, lane, leg: legOf(frame), label, note: "", begin_s: frame.at_s, end_s: null, seq: frame.seq, last_seq: frame.seq, bad: false }];
}

function end(spans: Spans, key: string, frame: Frame, more: Partial<Span> = {}): Spans {
  return endAll(spans, frame, (one) => one.key === key, more);
}

function endAll(spans: Spans, frame: Frame, which: (one: Span) => boolean, more: Partial<Span> = {}): Spans {
  if (!spans.some((one) => one.end_s === null && which(one))) return spans;
  return spans.map((one) => (one.end_s === null && which(one) ? { ...one, ...more, end_s: frame.at_s, last_seq: frame.seq } : one));
}

/** `get_weather, 120 ms` */
export function spanText(span: Span): string {
  const took = span.end_s === null ? "never ended" : duration(span.end_s - span.begin_s);
  return [span.label, span.note, took].filter(Boolean).join(", ");
}
