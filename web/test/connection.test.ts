import assert from "node:assert/strict";
import test from "node:test";
import { backoff_s, Connection, type Socket } from "../src/live/connection";

class Line implements Socket {
  binaryType: BinaryType = "blob";
  readyState = 0;
  bufferedAmount = 0;
  onopen: (() => void) | null = null;
  onclose: (() => void) | null = null;
  onmessage: ((event: { data: unknown }) => void) | null = null;
  readonly sent: (string | ArrayBuffer)[] = [];
  send(data: string | ArrayBuffer): void {
    this.sent.push(data);
  }
  close(): void {}
  opens(): void {
    this.readyState = 1;
    this.onopen?.();
  }
  closes(): void {
    this.readyState = 3;
    this.onclose?.();
  }
}

/** A connection in a world without sockets and clocks: `waits` are the times (ms) after which it wants to try again. */
function begin(): { connection: Connection; lines: Line[]; waits: number[]; later: (() => void)[]; told: unknown[] } {
  const [lines, waits, later, told]: [Line[], number[], (() => void)[], unknown[]] = [[], [], [], []];
  const connection = new Connection(
    { dial: () => (lines.push(new Line()), lines[lines.length - 1] as Line), later: (ms, what) => void (waits.push(ms), later.push(what)) },
    {
      opened: () => told.push("opened"), gone: (tries, again_s) => told.push(["gone", tries, again_s]), told: (message) => told.push(message.is),
      sound: (phone, pcm) => told.push([phone, pcm.byteLength]),
    },
  );
  return { connection, lines, waits, later, told };
}

test("it waits a quarter of a second, then ever longer, never more than five", () => {
  assert.deepEqual([1, 2, 3, 4, 5, 6, 50].map(backoff_s), [0.25, 0.5, 1, 2, 4, 5, 5]);
});

test("a lost server is dialled again and again, and said to be gone; what it says when it is back ends the count", () => {
  const { lines, waits, later, told } = begin();
  lines[0]?.opens();
  lines[0]?.closes();
  later[0]?.();
  lines[1]?.closes();
  later[1]?.();
  lines[2]?.opens();
  lines[2]?.onmessage?.({ data: '{"is":"hello"}' });
  lines[2]?.closes();
  assert.deepEqual(waits, [250, 500, 250]);
  assert.deepEqual(told, ["opened", ["gone", 1, 0.25], ["gone", 2, 0.5], "opened", "hello", ["gone", 1, 0.25]]);
});

test("a server that lets the page in and says nothing does not end the count", () => {
  const { lines, waits, later } = begin();
  for (let time = 0; time < 3; time += 1) {
    lines[time]?.opens();
    lines[time]?.closes();
    later[time]?.();
  }
  assert.deepEqual(waits, [250, 500, 1000]);
});

test("orders are numbered; without a server nothing is sent and nothing kept for later", () => {
  const { connection, lines } = begin();
  assert.equal(connection.order({ do: "next" }), null);
  lines[0]?.opens();
  assert.deepEqual([connection.order({ do: "next" }), connection.order({ do: "hang_up", phone: "b" })], [1, 2]);
  assert.deepEqual(lines[0]?.sent, ['{"do":"next","id":1}', '{"do":"hang_up","phone":"b","id":2}']);
});

test("sound goes out behind one byte of whose it is, little-endian; what would be late is not sent", () => {
  const { connection, lines } = begin();
  lines[0]?.opens();
  assert.ok(connection.sound("b", Int16Array.of(1, -2)));
  assert.deepEqual([...new Uint8Array(lines[0]?.sent[0] as ArrayBuffer)], [1, 1, 0, 0xfe, 0xff]);
  (lines[0] as Line).bufferedAmount = 1e6;
  assert.ok(!connection.sound("b", Int16Array.of(1)));
});

test("sound that comes is told with its phone, and what is neither message nor sound is nothing", () => {
  const { lines, told } = begin();
  lines[0]?.opens();
  for (const data of [Uint8Array.of(1, 0, 0).buffer, Uint8Array.of(9, 0, 0).buffer, new ArrayBuffer(0), "<html>", 7]) lines[0]?.onmessage?.({ data });
  assert.deepEqual(told, ["opened", ["b", 2]]);
});
