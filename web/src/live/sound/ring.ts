/** A ring of samples between the socket and the loudspeaker. What does not fit pushes out the oldest: live sound is never late for long. */

/** After having run dry, sound begins again when so much has come: a late packet is one gap, not ten. */
export const CUSHION_S = 0.06;
const FADE_S = 0.004;

export class Ring {
  private readonly samples: Float32Array;
  private begin = 0;
  private length = 0;
  private dry = true;
  private last = 0;
  private quiet_since = 0;

  constructor(private readonly rate_hz: number, capacity_s: number) {
    this.samples = new Float32Array(Math.ceil(rate_hz * capacity_s));
  }

  /** Seconds that wait to be heard. */
  get waiting_s(): number {
    return this.length / this.rate_hz;
  }

  push(samples: Float32Array): void {
    for (const one of samples) {
      this.samples[(this.begin + this.length) % this.samples.length] = one;
      if (this.length < this.samples.length) this.length += 1;
      else this.begin = (this.begin + 1) % this.samples.length;
    }
  }

  /** Nothing that waits is heard any more. */
  flush(): void {
    this.length = 0;
    this.dry = true;
  }

  /** Fills the block; where there is nothing, what was heard last fades out, so that nothing clicks. */
  pull(block: Float32Array): void {
    if (this.dry && this.length > 0 && (this.waiting_s >= CUSHION_S || this.quiet_since > CUSHION_S)) this.dry = false;
    this.quiet_since = this.dry && this.length > 0 ? this.quiet_since + block.length / this.rate_hz : 0;
    const fade = 1 - 1 / (FADE_S * this.rate_hz);
    for (let place = 0; place < block.length; place += 1) {
      if (this.dry || this.length === 0) {
        this.dry = true;
        this.last *= fade;
        block[place] = this.last;
      } else {
        this.last = this.samples[this.begin] ?? 0;
        this.begin = (this.begin + 1) % this.samples.length;
        this.length -= 1;
        block[place] = this.last;
      }
    }
  }
}
