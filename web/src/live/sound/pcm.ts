/** Samples: floats as the browser has them, signed 16-bit as they travel. */

export const RATE_HZ = 24_000;
/** 20 ms. */
export const FRAME_SAMPLES = RATE_HZ / 50;
export const SILENT_DB = -90;

export function toPcm(samples: Float32Array): Int16Array {
  return Int16Array.from(samples, (one) => Math.round(Math.max(-1, Math.min(1, one)) * (one < 0 ? 0x8000 : 0x7fff)));
}

export function toFloats(pcm: ArrayBuffer): Float32Array {
  const view = new DataView(pcm);
  const samples = new Float32Array(Math.floor(pcm.byteLength / 2));
  for (let place = 0; place < samples.length; place += 1) samples[place] = view.getInt16(2 * place, true) / 0x8000;
  return samples;
}

/** How loud, in dB below full scale (0 is the loudest). */
export function level_db(samples: Float32Array): number {
  let sum = 0;
  for (const one of samples) sum += one * one;
  return samples.length === 0 || sum === 0 ? SILENT_DB : Math.max(SILENT_DB, 10 * Math.log10(sum / samples.length));
}

/** Cuts a stream into frames of 20 ms. */
export class Framer {
  private kept = new Float32Array(0);

  push(samples: Float32Array): Float32Array[] {
    const all = new Float32Array(this.kept.length + samples.length);
    all.set(this.kept);
    all.set(samples, this.kept.length);
    const whole = Math.floor(all.length / FRAME_SAMPLES);
    this.kept = all.slice(whole * FRAME_SAMPLES);
    return Array.from({ length: whole }, (_, place) => all.slice(place * FRAME_SAMPLES, (place + 1) * FRAME_SAMPLES));
  }
}
