import assert from "node:assert/strict";
import test from "node:test";
import { Story } from "../src/call/story";
import { assistantSpeaks, conversation } from "../src/live/conversation";
import { pairs } from "../src/live/view/form";
import { fileName } from "../src/live/view/keep";
import { type Line, TOOL_CALL, told } from "./told";

const story = (...lines: Line[]): Story => new Story(told(...lines));
const lines = (of: Story, spoken: Parameters<typeof conversation>[1] = null): string[] => conversation(of, spoken).map((one) => `${one.by}: ${one.text}`);

test("a call is told in order: question, tool, answer, interruption", () => {
  assert.deepEqual(lines(story(...TOOL_CALL)), ["caller: How warm is it?", "tool: get_weather", "assistant: It is", "caller: Stop"]);
});

test("what was cut off is told beside what was heard", () => {
  const answer = conversation(story(...TOOL_CALL), null).find((one) => one.by === "assistant");
  assert.deepEqual(answer?.by === "assistant" && [answer.text, answer.cut, answer.open], ["It is", "twenty one", false]);
});

test("while the assistant speaks its words stand there, and when it is silenced only those that were heard", () => {
  const speaking = story(...TOOL_CALL.slice(0, -3));
  assert.ok(assistantSpeaks(speaking));
  assert.equal(lines(speaking, { text: "It is twenty one", heard: null }).at(-1), "assistant: It is twenty one");
  assert.equal(lines(speaking, { text: "It is twenty one", heard: "It" }).at(-1), "assistant: It");
  assert.ok(!assistantSpeaks(story(...TOOL_CALL)));
});

test("keys, failures and the end are told, a cancellation that came too late is not", () => {
  const told_ = lines(story(
    ["media caller presses", { digits: "1#" }, 1],
    ["model model error", { error: { code: "response_cancel_not_active" } }, 2],
    ["model model response.done", { response: { status: "failed", status_details: { error: { code: "rate_limit_exceeded" } } } }, 3],
    ["media caller hangs_up", {}, 4],
    ["media jambonz call_ended", {}, 4],
  ));
  assert.deepEqual(told_, ["note: pressed 1#", "note: the model failed: rate_limit_exceeded", "note: hung up", "note: the call has ended"]);
});

test("what happens on another leg is not said on this phone", () => {
  assert.deepEqual(lines(story(["media caller speaks", { text: "hello", duration_s: 1 }, 1, 2])), []);
});

test("variables and headers are read line by line, and a line that is neither is told by its number", () => {
  assert.deepEqual(pairs("A=1\n\n B_2 = x=y \nnonsense\n=3\n__proto__=4", "="), { found: { A: "1", B_2: "x=y" }, wrong: [4, 5, 6] });
  assert.deepEqual(pairs("X-Customer: 42", ":"), { found: { "X-Customer": "42" }, wrong: [] });
});

test("a call to keep is named after the first words, in characters of which a path can be made", () => {
  const named = (text: string): string => fileName({ frames: told(["media caller speaks", { text }]) } as never);
  assert.equal(named("What's the weather, in ../Berlin?"), "scenarios/what-s-the-weather-in.yaml");
  assert.equal(named("你好"), "scenarios/call.yaml");
});
