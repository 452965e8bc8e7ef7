/** Frames as tests tell them: numbered in order, one after the other. */

import type { Content, Frame } from "../src/call/journal";

/** `["app app command", {...}, 2.5]`: link, source and kind; content; seconds, which stay until others are named; the leg. */
export type Line = [said: string, content?: Content, at_s?: number, leg?: number];

export function told(...lines: Line[]): Frame[] {
  let now_s = 0;
  return lines.map(([said, frame = {}, at_s, leg], seq) => {
    const [link = "", from = "", kind = ""] = said.split(" ");
    now_s = at_s ?? now_s;
    return { seq, at_s: now_s, link, from, kind, frame, ...(leg === undefined ? {} : { leg }) };
  });
}

const id = (kind: string, more: Content = {}): Content => ({ type: kind, ...more });

/** A call with a tool: greeted, asked, looked up, answered, interrupted. */
export const TOOL_CALL: Line[] = [
  ["app jambonz connect", { url: "ws://127.0.0.1/" }, 0],
  ["app app open"],
  ["app jambonz session:new", id("session:new", { msgid: "m1", data: { call_status: "trying", direction: "inbound", from: "+1", to: "+2" } })],
  ["app app ack", id("ack", { msgid: "m1", data: [{ verb: "answer" }, { verb: "llm" }, { verb: "hangup" }] })],
  ["app jambonz call:status", id("call:status", { msgid: "m2", data: { call_status: "in-progress" } })],
  ["media jambonz verb", { verb: "answer" }],
  ["media jambonz verb", { verb: "llm" }],
  ["model jambonz connect", { host: "api.openai.com" }],
  ["model model open", {}, 0.1],
  ["model jambonz response.create", id("response.create")],
  ["model model session.created", id("session.created", { event_id: "e0", session: { model: "gpt-realtime", tools: [] } })],
  ["media caller speaks", { text: "How warm is it?", duration_s: 1.5 }, 1],
  ["model model input_audio_buffer.speech_started", id("input_audio_buffer.speech_started", { event_id: "e1", item_id: "i1" }), 1.1],
  ["model model input_audio_buffer.committed", id("input_audio_buffer.committed", { event_id: "e2", item_id: "i1" }), 3],
  ["model model response.created", id("response.created", { event_id: "e3", response: { id: "r1" } })],
  ["model model response.output_item.added", id("response.output_item.added", { event_id: "e4", response_id: "r1", item: { id: "i2" } })],
  ["model model response.function_call_arguments.done", id("response.function_call_arguments.done", { event_id: "e5", response_id: "r1", item_id: "i2", call_id: "c1", arguments: "{}" }), 3.2],
  ["app jambonz llm:tool-call", id("llm:tool-call", { msgid: "m3", hook: "/tool", data: { tool_call_id: "c1", name: "get_weather", args: {} } })],
  ["world app request", { number: 1, method: "GET", url: "https://api.example.com/v1/now" }],
  ["model model response.done", id("response.done", { event_id: "e6", response: { id: "r1", status: "completed", output: [{ id: "i2", type: "function_call", name: "get_weather", arguments: "{}", call_id: "c1", status: "completed" }] } })],
  ["app jambonz llm:event", id("llm:event", { msgid: "m4", data: { type: "response.done", event_id: "e6" } })],
  ["world world reply", { number: 1, status: 200, body: {} }, 3.5],
  ["app app command", id("command", { command: "llm:tool-output", tool_call_id: "c1", data: { type: "conversation.item.create", item: { type: "function_call_output", call_id: "c1", output: "21" } } })],
  ["app jambonz command", { command: "llm:tool-output", fate: "done" }],
  ["model jambonz conversation.item.create", id("conversation.item.create", { item: { type: "function_call_output", call_id: "c1", output: "21" } })],
  ["model jambonz response.create", id("response.create")],
  ["model model conversation.item.added", id("conversation.item.added", { event_id: "e7", item: { id: "i3", type: "function_call_output", call_id: "c1", output: "21" } })],
  ["model model response.created", id("response.created", { event_id: "e8", response: { id: "r2" } }), 3.6],
  ["model model response.output_item.added", id("response.output_item.added", { event_id: "e9", response_id: "r2", item: { id: "i4", role: "assistant" } })],
  ["model model response.output_audio_transcript.delta", id("response.output_audio_transcript.delta", { event_id: "ea", response_id: "r2", item_id: "i4", delta: "It is" })],
  ["model model response.output_audio_transcript.delta", id("response.output_audio_transcript.delta", { event_id: "eb", response_id: "r2", item_id: "i4", delta: " twenty one" })],
  ["media jambonz playing", {}, 4],
  ["media caller speaks", { text: "Stop", duration_s: 0.5 }, 5],
  ["model model input_audio_buffer.speech_started", id("input_audio_buffer.speech_started", { event_id: "ec", item_id: "i5" }), 5.1],
  ["media jambonz heard", { text: "It is", heard_s: 1.1, cut_s: 0.9 }],
];

/** The number of the frame that fits, the `nth` of them. */
export function the(frames: readonly Frame[], said: string, nth = 0): number {
  const found = frames.filter((frame) => `${frame.link} ${frame.from} ${frame.kind}` === said)[nth];
  if (found === undefined) throw new Error(`no ${said}`);
  return found.seq;
}
