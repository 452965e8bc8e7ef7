import assert from "node:assert/strict";
import test from "node:test";
import { type Command, type Message, parse } from "../src/live/messages";
import { BEGIN, callOf, type Event, type State, step } from "../src/live/store";
import { told } from "./told";

const tell = (...messages: object[]): Event[] => messages.map((one) => ({ was: "told", message: parse(JSON.stringify(one)) as Message }));
const after = (...events: Event[]): State => events.reduce(step, BEGIN);
const HELLO = { is: "hello", app: { ref: "app.server:create_app", state: "ready" }, model: { kind: "default", name: "built in" }, scenarios: [], phones: ["a", "b"] };
const call = (state: string, id = "c1", phone = "a"): object => ({ is: "call", call: id, phone, state, from: "+1", to: "+2", title: "" });
const frames = (...numbers: number[]): object => ({ is: "frames", call: "c1", frames: numbers.map((seq) => ({ ...told(["media caller presses", { digits: "1" }])[0], seq, at_s: seq })) });
const order = (id: number, command: Command): Event => ({ was: "ordered", id, command });
const seqs = (state: State): number[] => (state.calls[0]?.frames ?? []).map((one) => one.seq);

test("a call rings, is up, and is over; then its phone is free, and the call can still be looked at", () => {
  const up = after(...tell(HELLO, call("ringing"), call("up")));
  assert.equal(callOf(up, "a")?.stage, "up");
  const over = tell(call("over")).reduce(step, up);
  assert.equal(callOf(over, "a"), undefined);
  assert.deepEqual(over.calls.map((one) => one.stage), ["over"]);
});

test("two phones have a call each", () => {
  const state = after(...tell(HELLO, call("up"), call("ringing", "c2", "b")));
  assert.deepEqual([callOf(state, "a")?.id, callOf(state, "b")?.id], ["c1", "c2"]);
});

test("a frame that comes twice is taken once, and frames that never came are counted", () => {
  const state = after(...tell(HELLO, call("up"), frames(0, 1, 2), frames(1, 2, 3), frames(6)));
  assert.deepEqual([seqs(state), state.calls[0]?.missed], [[0, 1, 2, 3, 6], 2]);
});

test("time never runs back, and frames push it on", () => {
  const state = after(...tell(HELLO, call("up"), { is: "now", call: "c1", at_s: 2 }, frames(5), { is: "now", call: "c1", at_s: 4 }));
  assert.equal(state.calls[0]?.now_s, 5);
});

test("what is told of a call that nobody knows is nothing", () => {
  const state = after(...tell(HELLO));
  assert.equal(tell(frames(1), { is: "now", call: "c9", at_s: 1 }, { is: "silenced", phone: "b", heard: "x" }).reduce(step, state), state);
});

test("words are in the ear until they were heard; cut off, what was heard of them stays", () => {
  const speaks = after(...tell(HELLO, call("up"), { is: "speaks", phone: "a", text: "one two three", item_id: "i", lasts_s: 2 }));
  assert.deepEqual(speaks.calls[0]?.spoken, { text: "one two three", heard: null });
  const silenced = tell({ is: "silenced", phone: "a", heard: "one" }).reduce(step, speaks);
  assert.deepEqual(silenced.calls[0]?.spoken, { text: "one two three", heard: "one" });
  const heard = tell({ is: "frames", call: "c1", frames: told(["media jambonz heard", { text: "one", heard_s: 1, cut_s: 1 }]) }).reduce(step, silenced);
  assert.equal(heard.calls[0]?.spoken, null);
});

test("words that follow others stand behind them, and after a silence they begin anew", () => {
  const speaks = (text: string): object => ({ is: "speaks", phone: "a", text, item_id: "i", lasts_s: 1 });
  const pieces = after(...tell(HELLO, call("up"), speaks("one two"), speaks("three")));
  assert.equal(pieces.calls[0]?.spoken?.text, "one two three");
  assert.equal(tell({ is: "silenced", phone: "a", heard: "one" }, speaks("four")).reduce(step, pieces).calls[0]?.spoken?.text, "four");
});

test("a scenario that is played step by step tells the step that comes", () => {
  const playing = after(...tell(HELLO), order(1, { do: "play", scenario: "x::y", speed: "step" }), ...tell({ is: "step", call: "c1", where: "x.yaml:4", step: "caller: {say: hello}" }));
  assert.deepEqual(playing.playing?.next, { where: "x.yaml:4", step: "caller: {say: hello}" });
});

test("what was ordered shows at once, and is taken back when it is refused, in the server's words", () => {
  const muted = after(...tell(HELLO, call("up")), order(1, { do: "mute", phone: "a", on: true }));
  assert.ok(muted.muted.has("a"));
  const refused = tell({ is: "refused", id: 1, problem: "phone a has no call", remedy: "call first" }).reduce(step, muted);
  assert.ok(!refused.muted.has("a"));
  assert.deepEqual(refused.notices.map((one) => [one.phone, one.problem, one.remedy]), [["a", "phone a has no call", "call first"]]);
  assert.equal(refused.ordered.size, 0);
});

test("a refusal without an id is told all the same, and the same one twice is one", () => {
  const no = { is: "refused", id: null, problem: "no", remedy: "" };
  assert.equal(after(...tell(HELLO, no, no)).notices.length, 1);
});

test("the oldest notices give way, and one can be dismissed", () => {
  const many = after(...tell(HELLO, ...[1, 2, 3, 4, 5, 6].map((one) => ({ is: "refused", problem: `${one}` }))));
  assert.deepEqual(many.notices.map((one) => one.problem), ["3", "4", "5", "6"]);
  assert.deepEqual(step(many, { was: "read", notice: many.notices[0]?.number ?? -1 }).notices.map((one) => one.problem), ["4", "5", "6"]);
});

test("when the server is met again, calls it does not speak of are over, and one it speaks of goes on with its frames", () => {
  const before = after(...tell(HELLO, call("up"), frames(0, 1)), { was: "gone", tries: 1, again_s: 0.25 });
  assert.equal(callOf(before, "a")?.stage, "up");
  const met = tell(HELLO).reduce(step, before);
  assert.equal(callOf(met, "a"), undefined);
  const goes_on = tell(call("up"), frames(0, 1, 2, 3)).reduce(step, met);
  assert.deepEqual([callOf(goes_on, "a")?.id, seqs(goes_on)], ["c1", [0, 1, 2, 3]]);
});

test("a server that was started again counts from c1 again: the old call keeps its frames under another name", () => {
  const before = after(...tell(HELLO, call("up"), frames(0, 1), HELLO));
  const again = tell(call("ringing"), frames(0)).reduce(step, before);
  assert.deepEqual(again.calls.map((one) => [one.stage, one.frames.length]), [["over", 2], ["ringing", 1]]);
  assert.equal(again.calls[1]?.id, "c1");
  assert.notEqual(again.calls[0]?.key, again.calls[1]?.key);
});

test("a scenario plays until its call has a result", () => {
  const playing = after(...tell(HELLO), order(1, { do: "play", scenario: "x::y", speed: 5 }), ...tell(call("ringing")));
  assert.deepEqual(playing.playing, { scenario: "x::y", speed: 5, call: "c1", next: null });
  assert.equal(tell({ is: "result", call: "c2", outcome: "ended", text: [] }).reduce(step, playing).playing?.call, "c1");
  const done = tell({ is: "result", call: "c1", outcome: "failed", text: ["expected heard"] }).reduce(step, playing);
  assert.deepEqual([done.playing, done.calls[0]?.result], [null, { outcome: "failed", text: ["expected heard"] }]);
});

test("saving ends with what was saved, or with a refusal, or when the server is gone", () => {
  const saving = after(...tell(HELLO), order(1, { do: "save", call: "c1", file: "kept.yaml" }));
  assert.ok(saving.saving);
  const ends: Event[] = [...tell({ is: "saved", file: "kept.yaml", yaml: "name: x", passes: true }), ...tell({ is: "refused", id: 1, problem: "no" }), { was: "gone", tries: 1, again_s: 1 }];
  assert.deepEqual(ends.map((one) => step(saving, one).saving), [false, false, false]);
});

test("a finding that is told twice is one", () => {
  const finding = { is: "finding", call: "c1", finding: { code: "J004", title: "t", severity: "error", problem: "p", remedy: "r", seqs: [3] } };
  assert.equal(after(...tell(HELLO, call("up"), finding, finding)).calls[0]?.findings.length, 1);
});

test("an order that nobody heard is told at its phone", () => {
  const state = step(BEGIN, { was: "unheard", command: { do: "hang_up", phone: "b" } });
  assert.deepEqual(state.notices.map((one) => one.phone), ["b"]);
});

test("a page that stays open keeps a bounded number of calls and orders", () => {
  const events = Array.from({ length: 60 }, (_, at) => tell(call("ringing", `c${at}`), call("over", `c${at}`))).flat();
  const state = [...events, ...Array.from({ length: 300 }, (_, at) => order(at, { do: "next" }))].reduce(step, BEGIN);
  assert.deepEqual([state.calls.length, state.calls[39]?.id, state.ordered.size], [40, "c59", 200]);
});

test("what is no message is none, and members of the wrong kind are empty", () => {
  for (const text of ["", "{", "[]", "null", "7", '"hello"', '{"is":"unheard of"}', '{"is":["hello"]}', '{"is":"__proto__"}']) assert.equal(parse(text), undefined, text);
  assert.deepEqual(parse('{"is":"hello","app":7,"model":null,"scenarios":{"a":1},"phones":["c"]}'), {
    is: "hello", app: { ref: "", state: "ready" }, model: { kind: "", name: "" }, scenarios: [], phones: ["a"],
  });
  assert.deepEqual(parse('{"is":"frames","call":"c1","frames":[null,{"seq":-1},{"seq":1,"at_s":"x"},{"seq":2,"at_s":1,"link":"app","from":"app","kind":"ack","frame":[]}]}'), {
    is: "frames", call: "c1", frames: [{ seq: 2, at_s: 1, link: "app", from: "app", kind: "ack", frame: {} }],
  });
});
