/** The sound of the page: one context, begun by a click; a mouth for each phone, and the microphone for one of them at a time. */

import type { Phone } from "../messages";
import { RATE_HZ } from "./pcm";

/** Says in words why there is no sound. */
export class NoSound extends Error {
  constructor(readonly problem: string, readonly remedy: string) {
    super(problem);
  }
}

export interface Listening {
  phone: Phone;
  stop(): void;
}

export class Sound {
  private context: Promise<AudioContext> | undefined;
  private readonly mouths = new Map<Phone, Promise<AudioWorkletNode>>();
  /** How loud each phone is, in dB. */
  readonly levels = new Map<Phone, number>();

  constructor(private readonly script: string) {}

  /** To be called in the course of a click: before one, a browser lets nothing be heard. */
  wake(): void {
    void this.begin().then((context) => context.resume()).catch(() => undefined);
  }

  play(phone: Phone, pcm: ArrayBuffer): void {
    void this.mouth(phone).then((mouth) => mouth.port.postMessage(pcm, [pcm])).catch(() => undefined);
  }

  flush(phone: Phone): void {
    void this.mouths.get(phone)?.then((mouth) => mouth.port.postMessage("flush")).catch(() => undefined);
  }

  /** Asks for the microphone (the browser asks the person), and gives what it hears: 20 ms of PCM16 at 24 kHz each time, and how loud it is. */
  async listen(phone: Phone, heard: (pcm: Int16Array, level_db: number) => void, lost: () => void): Promise<Listening> {
    if (navigator.mediaDevices === undefined) throw new NoSound("This page may not use a microphone.", "Open it at 127.0.0.1 or localhost, or over HTTPS.");
    let stream: MediaStream;
    try {
      // Noise is left as it is: whether a cough is speech is the model's to decide, and no filter of ours may hide it.
      stream = await navigator.mediaDevices.getUserMedia({ audio: { echoCancellation: true, noiseSuppression: false, autoGainControl: false, channelCount: 1 } });
    } catch (error) {
      throw unheard(error);
    }
    const context = await this.begin();
    await context.resume();
    const source = context.createMediaStreamSource(stream);
    const ear = new AudioWorkletNode(context, "ear", { numberOfInputs: 1, numberOfOutputs: 0, channelCount: 1, channelCountMode: "explicit" });
    ear.port.onmessage = ({ data }: MessageEvent<{ pcm: Int16Array; level_db: number }>) => heard(data.pcm, data.level_db);
    source.connect(ear);
    const stop = (): void => {
      ear.port.onmessage = null;
      source.disconnect();
      for (const track of stream.getTracks()) track.stop();
    };
    for (const track of stream.getTracks()) {
      track.onended = () => {
        stop();
        lost();
      };
    }
    return { phone, stop };
  }

  private begin(): Promise<AudioContext> {
    this.context ??= (async () => {
      // At the browser's own rate: not every browser connects a microphone to a context of another.
      const context = new AudioContext({ latencyHint: "interactive" });
      await context.audioWorklet.addModule(this.script);
      return context;
    })();
    return this.context;
  }

  private mouth(phone: Phone): Promise<AudioWorkletNode> {
    const known = this.mouths.get(phone);
    if (known !== undefined) return known;
    const made = this.begin().then((context) => {
      const mouth = new AudioWorkletNode(context, "mouth", { numberOfInputs: 0, numberOfOutputs: 1, outputChannelCount: [1] });
      mouth.port.onmessage = ({ data }: MessageEvent<number>) => this.levels.set(phone, data);
      mouth.connect(context.destination);
      return mouth;
    });
    this.mouths.set(phone, made);
    return made;
  }
}

function unheard(error: unknown): NoSound {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError") return new NoSound("The browser does not let this page hear the microphone.", "Allow it in the address bar, and press the button again; typing works meanwhile.");
  if (name === "NotFoundError") return new NoSound("There is no microphone.", "Connect one and press the button again; typing works meanwhile.");
  return new NoSound("The microphone does not work.", "Look whether another program has it; typing works meanwhile.");
}

export { RATE_HZ };
