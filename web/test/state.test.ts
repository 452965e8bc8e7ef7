import assert from "node:assert/strict";
import test from "node:test";
import type { Frame } from "../src/call/journal";
import { type CallState, NOTHING_YET, type State, step } from "../src/call/state";
import { Story } from "../src/call/story";
import { type Line, the, TOOL_CALL, told } from "./told";

const frames = told(...TOOL_CALL);
const after = (some: readonly Frame[], seq: number): CallState => some.slice(0, seq + 1).reduce<State>(step, NOTHING_YET).get(0) as CallState;
const debts = (call: CallState): string[] => call.debts.map((one) => `${one.who}: ${one.what}`);

test("before the acknowledgement the application owes one, and then verbs wait", () => {
  assert.deepEqual(debts(after(frames, the(frames, "app jambonz session:new"))), ["application: an answer to session:new"]);
  const acked = after(frames, the(frames, "app app ack"));
  assert.deepEqual([debts(acked), acked.verb, acked.waiting], [[], null, ["answer", "llm", "hangup"]]);
});

test("the verb that runs is no longer one of those that wait", () => {
  const call = after(frames, the(frames, "media jambonz verb", 1));
  assert.deepEqual([call.verb, call.waiting, call.status], ["llm", ["hangup"], "in-progress"]);
});

test("while a tool works the application owes its output, a backend its reply and the model the end of its response", () => {
  assert.deepEqual(debts(after(frames, the(frames, "world app request"))), [
    "model: the end of its response",
    "application: the output of get_weather",
    "backend: a reply to GET https://api.example.com/v1/now",
  ]);
});

test("the output pays the debt, and asking for a response makes the next one", () => {
  assert.deepEqual(debts(after(frames, the(frames, "app app command"))), []);
  assert.deepEqual(debts(after(frames, the(frames, "model jambonz response.create", 1))), ["model: a response"]);
});

test("an output under a name that jambonz does not know pays nothing", () => {
  const lines: Line[] = [
    ["app jambonz llm:tool-call", { type: "llm:tool-call", msgid: "m", data: { tool_call_id: "c", name: "look_up" } }],
    ["app app command", { type: "command", command: "tool:output", tool_call_id: "c" }],
  ];
  assert.deepEqual(debts(after(told(...lines), 1)), ["application: the output of look_up"]);
});

test("the conversation grows as the model tells it, words as they are said", () => {
  const items = after(frames, frames.length - 1).items.map((item) => [item.id, item.role || item.type, item.text]);
  assert.deepEqual(items, [
    ["i2", "function_call", "get_weather({})"],
    ["i3", "function_call_output", "21"],
    ["i4", "assistant", "It is twenty one"],
  ]);
});

test("the session is the one the model told last", () => {
  assert.equal(after(frames, the(frames, "model model session.created")).session?.["model"], "gpt-realtime");
  assert.equal(after(frames, the(frames, "model model open")).session, null);
});

test("when the call is over no verb runs, and a closed model owes nothing", () => {
  const lines: Line[] = [...TOOL_CALL, ["model jambonz closed", { code: 1000 }], ["media jambonz call_ended", { status: "completed" }]];
  const call = after(told(...lines), lines.length - 1);
  assert.deepEqual([call.status, call.verb, call.waiting, call.model, debts(call)], ["completed", null, [], "closed", []]);
});

test("each leg has a state of its own", () => {
  const story = new Story(told(["media caller dials", { who: "bob" }, 0, 2], ["media jambonz verb", { verb: "say" }, 0, 2], ["media jambonz verb", { verb: "llm" }]));
  assert.deepEqual([story.after(2).get(0)?.verb, story.after(2).get(2)?.verb], ["llm", "say"]);
  assert.equal(story.after(1).get(0), undefined, "how things stood before is not changed by what came later");
  assert.deepEqual(story.lanes.all.map((lane) => lane.name), ["Caller", "bob", "jambonz", "Application"]);
});
