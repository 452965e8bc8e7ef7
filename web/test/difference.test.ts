import assert from "node:assert/strict";
import { test } from "node:test";
import { counted, nextDifference, rowsOf, type Told, withContext } from "../src/call/difference";
import { Story } from "../src/call/story";
import { told } from "./told";

const call = (count: number): Story => new Story(told(...Array.from({ length: count }, () => ["app app ack"] as [string])));
const TOLD: Told[] = [[0, 0], [1, 1, [["a", "1", "2"]]], [2, 2], [3, 3], [4, 4], [5, null], [null, 5], [6, 6]];
const rows = rowsOf(TOLD, call(7), call(7));

test("a row knows its frames and what kind of difference it is", () => {
  assert.deepEqual(rows.map((row) => row.sort), ["same", "changed", "same", "same", "same", "left", "right", "same"]);
  assert.deepEqual(rows.map((row) => [row.left?.seq, row.right?.seq])[5], [5, undefined]);
  assert.deepEqual(counted(rows), { same: 5, changed: 1, left: 1, right: 1 });
});

test("a frame for which there was no room takes its row along, unless the other side has its own", () => {
  assert.deepEqual(rowsOf(TOLD, call(2), call(6)).map((row) => [row.left?.seq, row.right?.seq]), [[0, 0], [1, 1], [undefined, 2], [undefined, 3], [undefined, 4], [undefined, 5]]);
});

test("only what differs is shown with what stands around it", () => {
  assert.deepEqual(withContext(rows, 1).map((row) => row.place), [0, 1, 2, 4, 5, 6, 7]);
  assert.deepEqual(withContext(rowsOf([[0, 0]], call(1), call(1)), 2), []);
});

test("from difference to difference, and around", () => {
  assert.deepEqual([-1, 1, 5, 6].map((place) => nextDifference(rows, place, 1)?.place), [1, 5, 6, 1]);
  assert.deepEqual([6, 5, 1].map((place) => nextDifference(rows, place, -1)?.place), [5, 1, 6]);
  assert.equal(nextDifference([], 0, 1), undefined);
});
