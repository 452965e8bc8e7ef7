/** The websocket to the server: it connects again when it is lost, ever more slowly, and says so. */

import { type Command, type Message, parse, type Phone, PHONES } from "./messages";

/** What a connection needs of a websocket; tests give it another. */
export interface Socket {
  binaryType: BinaryType;
  readyState: number;
  bufferedAmount: number;
  onopen: (() => void) | null;
  onclose: (() => void) | null;
  onmessage: ((event: { data: unknown }) => void) | null;
  send(data: string | ArrayBuffer): void;
  close(): void;
}

export interface Heard {
  opened(): void;
  gone(tries: number, again_s: number): void;
  told(message: Message): void;
  sound(phone: Phone, pcm: ArrayBuffer): void;
}

export interface World {
  dial(): Socket;
  later(ms: number, what: () => void): void;
}

const OPEN = 1;
/** Sound that has not left by then is late: a second of it. What is live is not sent afterwards. */
const MOST_BEHIND_BYTES = 48_000;

/** Seconds until it is tried again, after so many tries that failed. */
export const backoff_s = (tries: number): number => Math.min(5, 0.25 * 2 ** Math.max(0, tries - 1));

export class Connection {
  private socket: Socket | undefined;
  private tries = 0;
  private number = 0;

  constructor(private readonly world: World, private readonly heard: Heard) {
    this.dial();
  }

  /** Sends an order, and gives its id; null when there is no server to hear it. */
  order(command: Command): number | null {
    if (this.socket?.readyState !== OPEN) return null;
    this.number += 1;
    this.socket.send(JSON.stringify({ ...command, id: this.number }));
    return this.number;
  }

  /** Sends what the microphone hears: PCM16, mono. Whether it left. */
  sound(phone: Phone, pcm: Int16Array): boolean {
    if (this.socket?.readyState !== OPEN || this.socket.bufferedAmount > MOST_BEHIND_BYTES) return false;
    const frame = new Uint8Array(1 + pcm.byteLength);
    frame[0] = PHONES.indexOf(phone);
    const view = new DataView(frame.buffer);
    pcm.forEach((sample, place) => view.setInt16(1 + 2 * place, sample, true));
    this.socket.send(frame.buffer);
    return true;
  }

  private dial(): void {
    const socket = this.world.dial();
    this.socket = socket;
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.heard.opened();
    };
    socket.onmessage = ({ data }) => {
      this.tries = 0; // a server that only lets us in and closes again is none
      if (typeof data === "string") {
        const message = parse(data);
        if (message !== undefined) this.heard.told(message);
      } else if (data instanceof ArrayBuffer && data.byteLength > 1) {
        const phone = PHONES[new Uint8Array(data)[0] ?? 0];
        if (phone !== undefined) this.heard.sound(phone, data.slice(1));
      }
    };
    socket.onclose = () => {
      this.tries += 1;
      const again_s = backoff_s(this.tries);
      this.heard.gone(this.tries, again_s);
      this.world.later(1000 * again_s, () => this.dial());
    };
  }
}
