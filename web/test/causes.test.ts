import assert from "node:assert/strict";
import test from "node:test";
import { Causes } from "../src/call/causes";
import type { Frame } from "../src/call/journal";
import { type Line, the, TOOL_CALL, told } from "./told";

function causes(frames: readonly Frame[]): Causes {
  const found = new Causes();
  frames.forEach((frame) => found.push(frame));
  return found;
}

const frames = told(...TOOL_CALL);
const known = causes(frames);
const kinds = (seqs: readonly number[]): string[] => seqs.map((seq) => frames[seq]?.kind ?? "?");

test("a call of a tool leads from the model by way of the application to the next response", () => {
  assert.deepEqual(kinds(known.chain(the(frames, "model model response.created", 1))), [
    "speaks",
    "input_audio_buffer.speech_started",
    "input_audio_buffer.committed",
    "response.created",
    "response.output_item.added",
    "response.function_call_arguments.done",
    "llm:tool-call",
    "command",
    "conversation.item.create",
    "response.create",
    "response.created",
  ]);
});

test("an acknowledgement answers the message of its msgid, for sure", () => {
  assert.deepEqual(known.causeOf(the(frames, "app app ack")), { seq: the(frames, "app jambonz session:new"), by: "msgid", sure: true });
});

test("verbs run because an acknowledgement brought them", () => {
  for (const nth of [0, 1]) assert.equal(known.causeOf(the(frames, "media jambonz verb", nth))?.seq, the(frames, "app app ack"));
});

test("what the application is told of the model is the model's event of the same event_id", () => {
  assert.equal(known.causeOf(the(frames, "app jambonz llm:event"))?.seq, the(frames, "model model response.done"));
});

test("a request is made for the tool that is at work, as far as one can see, and its reply is the one of its number", () => {
  const request = the(frames, "world app request");
  assert.deepEqual(known.causeOf(request), { seq: the(frames, "app jambonz llm:tool-call"), by: "by order", sure: false });
  assert.deepEqual(known.effectsOf(request), [the(frames, "world world reply")]);
});

test("what was cut off was cut off by who spoke", () => {
  assert.equal(known.causeOf(the(frames, "media jambonz heard"))?.seq, the(frames, "model model input_audio_buffer.speech_started", 1));
});

test("a cause is always earlier, and what leads to what is told from both ends", () => {
  for (const { seq } of frames) {
    const cause = known.causeOf(seq);
    if (cause === undefined) continue;
    assert.ok(cause.seq < seq, `#${seq} because of #${cause.seq}`);
    assert.ok(known.effectsOf(cause.seq).includes(seq));
  }
});

test("the answer of a webhook belongs to its request", () => {
  const lines: Line[] = [
    ["app jambonz verb:hook", { type: "verb:hook", webhook: 7, data: {} }],
    ["app jambonz call:status", { type: "call:status", webhook: 8, data: {} }],
    ["app app ack", { webhook: 7, to: "verb:hook", status: 200 }],
  ];
  assert.equal(causes(told(...lines)).causeOf(2)?.seq, 0);
});

test("an answer of an unknown name still comes of the call of the tool, and what was dropped of that answer", () => {
  const lines: Line[] = [
    ["app jambonz llm:tool-call", { type: "llm:tool-call", msgid: "m", data: { tool_call_id: "c", name: "look_up" } }],
    ["app app command", { type: "command", command: "tool:output", tool_call_id: "c" }],
    ["app jambonz dropped", { what: "command tool:output" }],
  ];
  assert.deepEqual(causes(told(...lines)).chain(2), [0, 1, 2]);
});

test("two calls are told apart by their legs", () => {
  const lines: Line[] = [
    ["media caller speaks", { text: "a" }, 0, 1],
    ["media caller speaks", { text: "b" }, 0],
    ["model model input_audio_buffer.speech_started", { type: "input_audio_buffer.speech_started", event_id: "x", item_id: "i" }, 1, 1],
  ];
  assert.equal(causes(told(...lines)).causeOf(2)?.seq, 0);
});

test("a frame without any id has no cause, and frames of any shape are no reason to stop", () => {
  const odd = told(["app app ack", {}], ["app app command", { data: [[]] }], ["model model response.done", { response: null }], ["x y z", { a: [null] }], ["world world reply", { number: "1" }]);
  assert.equal(causes(odd).causeOf(0), undefined);
});
