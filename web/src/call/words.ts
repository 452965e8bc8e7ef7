/** Frames in words: what one is about, and text as it may be shown. */

import { type Content, type Frame, inside, type Json, listIn, textIn } from "./journal";

// Control characters, what turns the line around or hides in it, halves of pairs, and what Unicode has set aside.
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff\ufffe\uffff\ud800-\udfff]/gu;

/** Text of a frame may hold anything: what would turn the line around, hide, or be no character is shown by its number. */
export function visible(text: string): string {
  return text.replace(UNPRINTABLE, (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** One line of at most so many characters. */
export function short(text: string, most: number): string {
  const line = visible(text.slice(0, 2 * most).replace(/\s+/g, " "));
  return line.length <= most && text.length <= 2 * most ? line : `${line.slice(0, most - 1)}…`;
}

export const seconds = (at_s: number): string => at_s.toFixed(3);

/** A span of time for people: `340 ms`, `4.2 s`, `3 min 20 s`, `1 h 0 min`. */
export function duration(span_s: number): string {
  if (span_s < 0.9995) return `${Math.round(span_s * 1000)} ms`;
  if (span_s < 59.95) return `${span_s.toFixed(1)} s`;
  const whole = Math.round(span_s);
  return whole < 3600 ? `${Math.floor(whole / 60)} min ${whole % 60} s` : `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
}

const verbsOf = (data: Json | undefined): string =>
  listIn({ data: data ?? null }, "data")
    .map((one) => textIn(one, "verb"))
    .filter((one) => one !== undefined)
    .join(", ");

function compact(value: Json | undefined): string {
  return value === undefined ? "" : typeof value === "string" ? value : JSON.stringify(value);
}

/** Host and path of an address. It is only ever shown, never followed. */
function address(url: string | undefined): string {
  return (url ?? "").replace(/^[a-z]+:\/\//, "");
}

/** What a frame is about, beyond its kind: the words, the verb, the event inside, the address; empty when the kind says it all. */
export function gist(frame: Frame): string {
  const content = frame.frame;
  switch (frame.kind) {
    case "llm:event":
    case "agent:event":
      return [textIn(content, "data", "type"), aboutEvent(inside(content, "data"))].filter(Boolean).join("  ");
    case "llm:tool-call":
    case "agent:tool-call":
      return `${textIn(content, "data", "name") ?? ""}(${compact(inside(content, "data", "args"))})`;
    case "ack":
    case "answer":
      return verbsOf(content["data"]) || textIn(content, "to") || "";
    case "command":
      return [textIn(content, "command"), aboutCommand(content)].filter(Boolean).join("  ");
    case "call:status":
      return textIn(content, "data", "call_status") ?? "";
    case "verb:hook":
      return [textIn(content, "hook"), textIn(content, "data", "completion_reason") ?? textIn(content, "data", "reason")].filter(Boolean).join("  ");
    case "request":
    case "api_request":
      return `${textIn(content, "method") ?? ""} ${address(textIn(content, "url") ?? textIn(content, "path"))}`.trim();
    case "session:new":
      return [textIn(content, "data", "from"), textIn(content, "data", "to")].filter(Boolean).join(" to ");
    case "connect":
      return address(textIn(content, "url") ?? `${textIn(content, "host") ?? ""}${textIn(content, "path") ?? ""}`);
  }
  if (frame.link === "model") return aboutEvent(content);
  for (const name of ["text", "problem", "what", "verb", "defect", "url", "status", "digits", "by", "who", "reason", "why", "message", "code"]) {
    const said = content[name];
    if ((typeof said === "string" && said !== "") || typeof said === "number") return String(said);
  }
  return "";
}

function aboutCommand(content: Content): string {
  const output = textIn(content, "data", "item", "output") ?? compact(inside(content, "data", "output"));
  return output || textIn(content, "fate") || verbsOf(content["data"]);
}

/** What an event between jambonz and model says. */
function aboutEvent(event: Json | undefined): string {
  const failed = textIn(event, "response", "status_details", "error", "message") ?? textIn(event, "error", "message");
  const said =
    failed ??
    textIn(event, "transcript") ??
    textIn(event, "delta") ??
    textIn(event, "arguments") ??
    textIn(event, "audio") ??
    textIn(event, "item", "output") ??
    textIn(event, "item", "name") ??
    aboutItem(inside(event, "item")) ??
    textIn(event, "response", "status") ??
    textIn(event, "agent_response_event", "agent_response") ??
    textIn(event, "user_transcription_event", "user_transcript") ??
    textIn(event, "client_tool_call", "tool_name") ??
    textIn(event, "session", "model") ??
    textIn(event, "response", "instructions") ??
    textIn(event, "what") ??
    textIn(event, "reason");
  const code = inside(event, "code");
  return said ?? (typeof code === "number" ? String(code) : "");
}

function aboutItem(item: Json | undefined): string | undefined {
  const words = listIn(item, "content").map((part) => textIn(part, "transcript") ?? textIn(part, "text"));
  return words.find((one) => one !== undefined) ?? textIn(item, "role");
}

const PIECES = /\.delta$|^input_audio_buffer\.append$|^user_audio_chunk$|^audio$|^ping$|^pong$/;

/** Pieces of sound and text: many, and what they make up is told elsewhere. */
export const isPiece = (frame: Frame): boolean => frame.link === "model" && PIECES.test(frame.kind);

const TROUBLE = new Set([
  "dropped", "ignored", "defect", "verb_failed", "hook_failed", "refused_verbs", "ack_timeout", "webhook_failed", "exception", "unstubbed",
  "undelivered", "refused", "error", "fault", "api_refused", "unreachable", "not_reached", "not_simulated", "unsent", "tokens_unspoken",
]);

/** Something went wrong here, whether or not a rule speaks of it. */
export function isTrouble(frame: Frame): boolean {
  if (frame.kind === "response.done") return textIn(frame.frame, "response", "status") === "failed";
  return TROUBLE.has(frame.kind) && !(frame.link === "media" && frame.kind === "refused");
}
