import assert from "node:assert/strict";
import test from "node:test";
import { Axis, ticks } from "../src/call/axis";
import { Lanes, wayOf } from "../src/call/lanes";
import { SILENCE, type Speech, stepSpeech } from "../src/call/speech";
import { type Spans, spanText, stepSpans } from "../src/call/spans";
import { Story } from "../src/call/story";
import { layout } from "../src/view/geometry";
import { type Line, the, TOOL_CALL, told } from "./told";

const frames = told(...TOOL_CALL);
const speech = (lines: Line[]): Speech => told(...lines).reduce(stepSpeech, SILENCE);

test("what the caller heard is told apart from what was cut off", () => {
  const [asked, answer, stop] = speech(TOOL_CALL).utterances;
  assert.deepEqual([asked?.by, asked?.begin_s, asked?.end_s], ["caller", 1, 2.5]);
  assert.deepEqual([answer?.by, answer?.begin_s, answer?.end_s, answer?.text, answer?.cut, answer?.cut_s], ["assistant", 4, 5.1, "It is", "twenty one", 0.9]);
  assert.equal(stop?.text, "Stop");
});

test("who still speaks has no end yet", () => {
  assert.equal(speech([["media jambonz playing", {}, 1]]).utterances[0]?.end_s, null);
});

test("words that do not fit what was heard are not taken for what was cut", () => {
  const [one] = speech([["media jambonz said", { text: "something else" }], ["media jambonz playing"], ["media jambonz heard", { text: "hello", heard_s: 1, cut_s: 1 }, 1]]).utterances;
  assert.equal(one?.cut, "");
});

const spans = (lines: Line[]): Spans => told(...lines).reduce(stepSpans, [] as Spans);

test("verbs, responses, tools and requests are told from beginning to end", () => {
  const all = spans([...TOOL_CALL, ["media jambonz call_ended", {}, 6]]).map((span) => `${span.lane}: ${spanText(span)}`);
  assert.deepEqual(all, [
    "jambonz: answer, 0 ms",
    "jambonz: llm, 6.0 s",
    "model: response, 200 ms",
    "app: get_weather, 300 ms",
    "world: api.example.com, 200, 300 ms",
    "model: response, never ended",
  ]);
});

test("a tool that was never answered is told so when the call is over", () => {
  const [tool] = spans([["app jambonz llm:tool-call", { type: "llm:tool-call", data: { tool_call_id: "c", name: "look_up" } }], ["media jambonz call_ended", {}, 2]]);
  assert.deepEqual([tool?.note, tool?.bad, tool?.end_s], ["never answered", true, 2]);
});

test("over HTTP the answer to the call of a tool is its output", () => {
  const [tool] = spans([["app jambonz llm:tool-call", { type: "llm:tool-call", webhook: 4, data: { tool_call_id: "c", name: "look_up" } }], ["app app ack", { webhook: 4, to: "llm:tool-call" }, 2]]);
  assert.deepEqual([tool?.note, tool?.end_s], ["", 2]);
});

test("a frame goes from lane to lane, and what somebody notes of himself stays", () => {
  const ways: [Line, string][] = [
    [["app jambonz verb:hook", { type: "verb:hook" }], "jambonz app"],
    [["app app command"], "app jambonz"],
    [["app app exception"], "app app"],
    [["app jambonz dropped"], "jambonz jambonz"],
    [["app jambonz command", { command: "redirect", fate: "done" }], "jambonz jambonz"],
    [["app rest create_call"], "world jambonz"],
    [["model jambonz session.update"], "jambonz model"],
    [["model model response.done"], "model jambonz"],
    [["model scenario fault"], "model model"],
    [["media caller speaks"], "caller jambonz"],
    [["media jambonz heard"], "jambonz caller"],
    [["media jambonz heard", {}, 0, 3], "jambonz phone-3"],
    [["media phone called", {}, 0, 3], "jambonz phone-3"],
    [["media phone rings", {}, 0, 3], "phone-3 jambonz"],
    [["media jambonz verb"], "jambonz jambonz"],
    [["world app request"], "app world"],
    [["world world reply"], "world app"],
    [["elsewhere somebody says"], "jambonz jambonz"],
  ];
  for (const [line, expected] of ways) {
    const [frame] = told(line);
    assert.ok(frame);
    const way = wayOf(frame);
    assert.equal(`${way.from} ${way.to}`, expected, line[0]);
  }
});

test("lanes are there when they are needed, in one order", () => {
  const lanes = new Lanes();
  assert.deepEqual(lanes.all.map((lane) => lane.id), ["caller", "jambonz", "app"]);
  for (const frame of told(["world app request"], ["media phone called", { who: "ann" }, 0, 2], ["model model open"])) lanes.push(frame);
  assert.deepEqual(lanes.all.map((lane) => lane.name), ["Caller", "ann", "Model", "jambonz", "Application", "Backends"]);
});

test("frames of one instant stand side by side, and time only goes to the right", () => {
  const axis = new Axis(frames, [], true);
  for (let place = 1; place < frames.length; place += 1) assert.ok(axis.of(frames[place]!) > axis.of(frames[place - 1]!), `#${place}`);
  for (const at_s of [0, 0.05, 0.1, 1, 2.9, 3.2, 4.5, 5.1]) {
    const there = axis.second(axis.at(at_s));
    assert.ok(Math.abs(there - at_s) < 1e-6, `${at_s} s becomes ${there} s`);
  }
});

test("silence is drawn shorter, speech is not, and an hour is still longer than a minute", () => {
  const quiet = (span_s: number): Axis => new Axis(told(["a b c", {}, 0], ["a b c", {}, span_s]), [], true);
  const long = new Axis(told(["a b c", {}, 0], ["a b c", {}, 60]), [], false);
  assert.ok(quiet(60).length < long.length / 5);
  assert.ok(quiet(60).length < quiet(3600).length);
  assert.deepEqual(quiet(60).breaks.map((one) => one.span_s), [60]);
  const spoken = speech([["media caller speaks", { text: "a", duration_s: 60 }, 0]]).utterances;
  assert.ok(new Axis(told(["a b c", {}, 0], ["a b c", {}, 60]), spoken, true).length > 60 * 80 - 1);
});

test("an axis of nothing is no reason to stop", () => {
  const axis = new Axis([], [], true);
  assert.deepEqual([axis.length, axis.at(5), axis.second(5), ticks(axis, 0, 100, 10)], [0, 0, 0, [{ at_s: 0, place: 0 }]]);
});

test("ticks are round, in order, and apart", () => {
  const axis = new Axis(frames, [], true);
  const found = ticks(axis, 0, axis.length, 50);
  assert.ok(found.length > 2);
  found.slice(1).forEach((tick, place) => assert.ok(tick.place - found[place]!.place >= 50));
});

test("requests that overlap lie below one another, and nothing leaves its lane", () => {
  const story = new Story(
    told(["world app request", { number: 1, url: "https://a/" }, 0], ["world app request", { number: 2, url: "https://b/" }, 1], ["world world reply", { number: 1 }, 2], ["world world reply", { number: 2 }, 3]),
  );
  const plan = layout(story.lanes.all, new Axis(story.frames, [], true), [], story.spans, 3);
  const band = plan.bands.find((one) => one.lane.id === "world")!;
  assert.equal(new Set(plan.spans.map((box) => box.top)).size, 2);
  for (const box of plan.spans) assert.ok(box.top >= band.top && box.top + box.height <= band.top + band.height);
});

test("a frame knows its findings", () => {
  const seq = the(frames, "app app command");
  const finding = { code: "J005", severity: "error" as const, title: "t", text: "x", why: "y", remedy: "z", seq };
  const story = new Story(frames, [finding]);
  assert.deepEqual([story.findings(seq), story.remarked, story.findings(0)], [[finding], [seq], []]);
});
