import assert from "node:assert/strict";
import test from "node:test";
import { FRAME_SAMPLES, Framer, level_db, SILENT_DB, toFloats, toPcm } from "../src/live/sound/pcm";
import { Resampler } from "../src/live/sound/resampler";
import { CUSHION_S, Ring } from "../src/live/sound/ring";

const tone = (hz: number, rate_hz: number, seconds = 1): Float32Array => Float32Array.from({ length: rate_hz * seconds }, (_, at) => 0.5 * Math.sin((2 * Math.PI * hz * at) / rate_hz));

function resampled(sound: Float32Array, from_hz: number, to_hz: number, piece = 128): Float32Array {
  const resampler = new Resampler(from_hz, to_hz);
  const made: number[] = [];
  for (let at = 0; at < sound.length; at += piece) made.push(...resampler.push(sound.slice(at, at + piece)));
  return Float32Array.from(made);
}

/** The part of the sound that is this tone. */
function amplitude(sound: Float32Array, hz: number, rate_hz: number): number {
  const [begin, end] = [Math.floor(sound.length / 4), Math.floor((3 * sound.length) / 4)];
  let [real, imaginary] = [0, 0];
  for (let at = begin; at < end; at += 1) {
    real += (sound[at] as number) * Math.cos((2 * Math.PI * hz * at) / rate_hz);
    imaginary += (sound[at] as number) * Math.sin((2 * Math.PI * hz * at) / rate_hz);
  }
  return (2 * Math.hypot(real, imaginary)) / (end - begin);
}

for (const [from, to] of [[48_000, 24_000], [44_100, 24_000], [16_000, 24_000], [24_000, 48_000], [24_000, 44_100]] as const) {
  test(`from ${from} to ${to} Hz a tone of speech stays what it is`, () => {
    for (const hz of [440, 1000, 3080]) {
      const made = resampled(tone(hz, from), from, to);
      assert.ok(Math.abs(made.length - to) < 100, `${made.length} samples`);
      const found = amplitude(made, hz, to);
      assert.ok(Math.abs(found - 0.5) < 0.01, `${hz} Hz: ${found}`);
    }
  });
}

test("what is above the band of the lower rate does not fold back into it", () => {
  const made = resampled(tone(15_000, 48_000), 48_000, 24_000);
  assert.ok(level_db(made.slice(200, -200)) < -60, `${level_db(made)} dB`);
});

test("in pieces it is the same as in one", () => {
  const sound = tone(700, 44_100, 0.2);
  assert.deepEqual(resampled(sound, 44_100, 24_000, 128), resampled(sound, 44_100, 24_000, sound.length));
});

test("frames are 20 ms each, and nothing is lost between them", () => {
  const framer = new Framer();
  const sound = Float32Array.from({ length: 1300 }, (_, at) => at);
  const frames = [...framer.push(sound.slice(0, 700)), ...framer.push(sound.slice(700))];
  assert.deepEqual(frames.map((one) => one.length), [FRAME_SAMPLES, FRAME_SAMPLES]);
  assert.deepEqual(frames.flatMap((one) => [...one]), [...sound.slice(0, 960)]);
});

test("samples travel as 16 bits, and what is too loud is as loud as can be", () => {
  assert.deepEqual([...toPcm(Float32Array.of(0, 1, -1, 3, -3))], [0, 32767, -32768, 32767, -32768]);
  assert.deepEqual([...toFloats(Int16Array.of(0, -32768, 16384).buffer)], [0, -1, 0.5]);
  assert.equal(toFloats(new ArrayBuffer(3)).length, 1);
});

test("silence is very quiet, and full scale 0 dB", () => {
  assert.deepEqual([level_db(new Float32Array(10)), level_db(new Float32Array(0)), level_db(Float32Array.of(1, -1))], [SILENT_DB, SILENT_DB, 0]);
});

const block = (ring: Ring, length = 10): Float32Array => {
  const into = new Float32Array(length);
  ring.pull(into);
  return into;
};

test("sound begins when there is a cushion of it, and comes out as it went in", () => {
  const ring = new Ring(1000, 1);
  ring.push(new Float32Array(CUSHION_S * 1000 - 1).fill(0.5));
  assert.equal(level_db(block(ring)), SILENT_DB);
  ring.push(Float32Array.of(0.25));
  assert.deepEqual([...block(ring, 60)], [...new Float32Array(59).fill(0.5), 0.25]);
});

test("a little that comes alone is heard too, only later", () => {
  const ring = new Ring(1000, 1);
  ring.push(new Float32Array(5).fill(0.5));
  const heard = Array.from({ length: 12 }, () => block(ring)).flatMap((one) => [...one]);
  assert.equal(heard.filter((one) => one === 0.5).length, 5);
});

test("when it is flushed nothing of it is heard any more, and it ends without a click", () => {
  const ring = new Ring(8000, 1);
  ring.push(new Float32Array(4000).fill(0.5));
  block(ring, 100);
  ring.flush();
  const rest = block(ring, 400);
  assert.ok((rest[0] as number) > 0.45, "it fades");
  assert.ok(Math.abs(rest[399] as number) < 0.001, "and is over");
  assert.equal(ring.waiting_s, 0);
});

test("what does not fit pushes out the oldest", () => {
  const ring = new Ring(100, 1);
  ring.push(Float32Array.from({ length: 150 }, (_, at) => at));
  assert.deepEqual([ring.waiting_s, block(ring, 1)[0]], [1, 50]);
});
