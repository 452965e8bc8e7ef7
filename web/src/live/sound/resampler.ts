/** Sound at another rate, piece by piece: a low-pass (windowed sinc) under the lower of both Nyquist frequencies, read at the new places. */

/** Zero crossings of the sinc on each side: enough that speech keeps its tones and nothing folds back into it. */
const CROSSINGS = 16;
/** How much of the band is kept; the rest is where the filter falls. */
const KEPT = 0.92;

export class Resampler {
  private readonly half: number;
  private readonly cut: number;
  /** Between two rates there are few places between samples; the weights of each are worked out once. */
  private readonly weights = new Map<number, Float32Array>();
  /** Samples not yet behind us, of which the first is the `first`-th of all. */
  private kept: Float32Array;
  private first: number;
  private at = 0;

  constructor(private readonly from_hz: number, private readonly to_hz: number) {
    this.cut = KEPT * Math.min(1, to_hz / from_hz);
    this.half = Math.ceil(CROSSINGS / this.cut);
    this.kept = new Float32Array(this.half);
    this.first = -this.half;
  }

  /** What these samples are at the new rate, as far as it can be said yet: a few are held back until more come. */
  push(samples: Float32Array): Float32Array {
    if (this.from_hz === this.to_hz) return samples;
    const all = new Float32Array(this.kept.length + samples.length);
    all.set(this.kept);
    all.set(samples, this.kept.length);
    const end = this.first + all.length;
    const made: number[] = [];
    for (let middle = this.place(); middle + this.half < end; middle = this.place()) {
      const weights = this.around((this.at * this.from_hz) % this.to_hz);
      const from = middle - this.half + 1 - this.first;
      let sum = 0;
      for (let tap = 0; tap < weights.length; tap += 1) sum += (all[from + tap] as number) * (weights[tap] as number);
      made.push(sum);
      this.at += 1;
    }
    const keep_from = Math.max(0, Math.min(all.length, this.place() - this.half - this.first));
    this.kept = all.slice(keep_from);
    this.first += keep_from;
    return Float32Array.from(made);
  }

  /** The sample at or before the next one that is made. */
  private place(): number {
    return Math.floor((this.at * this.from_hz) / this.to_hz);
  }

  private around(rest: number): Float32Array {
    let found = this.weights.get(rest);
    if (found === undefined) {
      found = Float32Array.from({ length: 2 * this.half }, (_, tap) => this.weight(tap - this.half + 1 - rest / this.to_hz));
      this.weights.set(rest, found);
    }
    return found;
  }

  private weight(away: number): number {
    const x = away / this.half;
    if (Math.abs(x) >= 1) return 0;
    const window = 0.42 + 0.5 * Math.cos(Math.PI * x) + 0.08 * Math.cos(2 * Math.PI * x);
    const t = Math.PI * this.cut * away;
    return window * this.cut * (t === 0 ? 1 : Math.sin(t) / t);
  }
}
