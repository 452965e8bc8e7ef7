/** What runs where sound is made: the ear (microphone to frames of 20 ms at 24 kHz) and the mouth (frames to the loudspeaker). A script of its own. */

import { Framer, level_db, RATE_HZ, toFloats, toPcm } from "./pcm";
import { Resampler } from "./resampler";
import { Ring } from "./ring";

declare const sampleRate: number;
declare function registerProcessor(name: string, made: new () => AudioWorkletProcessor): void;
declare class AudioWorkletProcessor {
  readonly port: MessagePort;
}

/** Sends `{pcm, level_db}` every 20 ms. */
class Ear extends AudioWorkletProcessor {
  private readonly resampler = new Resampler(sampleRate, RATE_HZ);
  private readonly framer = new Framer();

  process(inputs: Float32Array[][]): boolean {
    const heard = inputs[0]?.[0];
    if (heard === undefined) return true;
    for (const frame of this.framer.push(this.resampler.push(heard.slice()))) {
      const pcm = toPcm(frame);
      this.port.postMessage({ pcm, level_db: level_db(frame) }, [pcm.buffer]);
    }
    return true;
  }
}

/** Told PCM16 at 24 kHz (an ArrayBuffer) or `"flush"`; ten times a second it tells how loud it is, in dB. */
class Mouth extends AudioWorkletProcessor {
  private resampler = new Resampler(RATE_HZ, sampleRate);
  private readonly ring = new Ring(sampleRate, 30);
  private told = 0;

  constructor() {
    super();
    this.port.onmessage = ({ data }: MessageEvent<ArrayBuffer | "flush">) => {
      if (data === "flush") {
        this.ring.flush();
        this.resampler = new Resampler(RATE_HZ, sampleRate);
      } else this.ring.push(this.resampler.push(toFloats(data)));
    };
  }

  process(_: Float32Array[][], outputs: Float32Array[][]): boolean {
    const [first, ...others] = outputs[0] ?? [];
    if (first === undefined) return true;
    this.ring.pull(first);
    for (const other of others) other.set(first);
    this.told += first.length;
    if (this.told >= sampleRate / 10) {
      this.told = 0;
      this.port.postMessage(level_db(first));
    }
    return true;
  }
}

registerProcessor("ear", Ear);
registerProcessor("mouth", Mouth);
