import assert from "node:assert/strict";
import test from "node:test";
import { format, parse } from "../src/call/address";
import type { Call } from "../src/call/journal";
import { siftCalls, siftFrames } from "../src/call/sifting";
import { duration, gist, isPiece, isTrouble, short, visible } from "../src/call/words";
import { clock } from "../src/view/paint";
import { type Line, TOOL_CALL, told } from "./told";

test("what would turn a line around, hide, or be no character is shown by its number", () => {
  assert.equal(visible("a\u202eb\u0000\ud800c\u200b"), "a\\u202eb\\u0000\\ud800c\\u200b");
  assert.equal(visible("grüße 👩‍👧 שלום <b>"), "grüße 👩‍👧 שלום <b>");
});

test("a line is as long as it may be", () => {
  assert.equal(short("one  two\nthree", 100), "one two three");
  assert.equal(short("x".repeat(1000), 10), `${"x".repeat(9)}…`);
});

test("spans of time are told as people tell them", () => {
  assert.deepEqual([0.0004, 0.34, 4.2, 59.97, 200, 3601].map(duration), ["0 ms", "340 ms", "4.2 s", "1 min 0 s", "3 min 20 s", "1 h 0 min"]);
  assert.deepEqual([0, 7.5, 62, 3600 + 65].map(clock), ["0:00", "0:07.5", "1:02", "1:01:05"]);
});

test("beside its kind stands what a frame is about", () => {
  const about: [Line, string][] = [
    [["app app ack", { data: [{ verb: "say" }, { verb: "hangup" }] }], "say, hangup"],
    [["app jambonz llm:event", { data: { type: "response.done", response: { status: "cancelled" } } }], "response.done  cancelled"],
    [["app jambonz llm:tool-call", { data: { name: "f", args: { a: 1 } } }], 'f({"a":1})'],
    [["app jambonz call:status", { data: { call_status: "ringing" } }], "ringing"],
    [["world app request", { method: "GET", url: "https://x.example/y" }], "GET x.example/y"],
    [["media caller speaks", { text: "hello" }], "hello"],
    [["model model error", { error: { message: "no" } }], "no"],
    [["model model closed", { code: 1006 }], "1006"],
    [["media jambonz playing"], ""],
    [["app app ack", { data: "javascript:alert(1)" }], ""],
  ];
  for (const [line, expected] of about) assert.equal(gist(told(line)[0]!), expected, line[0]);
});

test("pieces of sound and text are many, and hidden until they are wanted", () => {
  const frames = told(...TOOL_CALL);
  assert.equal(frames.filter(isPiece).length, 2);
  assert.equal(siftFrames(frames, new Set(), false, "").length, frames.length - 2);
  assert.equal(siftFrames(frames, new Set(), true, "").length, frames.length);
  assert.ok(siftFrames(frames, new Set(["model", "media"]), true, "").every((frame) => frame.link === "app" || frame.link === "world"));
});

test("frames are found by all of their words, kinds and contents alike", () => {
  const frames = told(...TOOL_CALL);
  assert.deepEqual(siftFrames(frames, new Set(), false, "TOOL-OUTPUT c1").map((frame) => frame.kind), ["command"]);
  assert.deepEqual(siftFrames(frames, new Set(), false, "no such thing"), []);
});

test("trouble is what was dropped, refused or failed", () => {
  const [dropped, done, failed] = told(["app jambonz dropped"], ["model model response.done", { response: { status: "completed" } }], ["model model response.done", { response: { status: "failed" } }]);
  assert.deepEqual([dropped, done, failed].map((frame) => isTrouble(frame!)), [true, false, true]);
});

test("an address leads to a frame and back, and anything else to nothing", () => {
  for (const hash of ["#s1", "#s12f0", "#s3f101"]) assert.equal(format(parse(hash)), hash);
  for (const hash of ["", "#", "#s0", "#s1f01", "#s1fx", "#javascript:alert(1)", `#s${"9".repeat(40)}`]) assert.deepEqual(parse(hash), { call: null, seq: null });
});

test("scenarios are found by name, file and result", () => {
  const call = (number: number, name: string, outcome: Call["outcome"], warned = false): Call =>
    ({ number, name, outcome, file: "a/b.yaml", findings: warned ? [{ severity: "warning" }] : [] }) as unknown as Call;
  const all = [call(1, "One", "failed"), call(2, "Two", "passed", true), call(3, "Three", "error")];
  const numbers = (...told: Parameters<typeof siftCalls> extends [unknown, ...infer Rest] ? Rest : never): number[] => siftCalls(all, ...told).map((one) => one.number);
  assert.deepEqual([numbers("all", ""), numbers("bad", ""), numbers("warned", ""), numbers("all", "t b.yaml"), numbers("all", "FAILED")], [[1, 2, 3], [1, 3], [2], [2, 3], [1]]);
});
