/** The page's session with the server: what is known, told on to whoever looks, and orders given. The only place that joins socket, store and sound. */

import type { Finding } from "../call/journal";
import { Story } from "../call/story";
import { Connection, type World } from "./connection";
import type { Command, LiveFinding, Message, Phone } from "./messages";
import { NoSound, type Listening, Sound } from "./sound/sound";
import { RATE_HZ, SILENT_DB } from "./sound/pcm";
import { Voice } from "./sound/voice";
import { BEGIN, callOf, type Event, type LiveCall, type State, step } from "./store";

/** How often the page is drawn anew at most. */
const DRAW_MS = 80;

export const asFinding = (one: LiveFinding): Finding => {
  const seq = one.seqs[0];
  return { code: one.code, severity: one.severity, title: one.title, text: one.problem, why: "", remedy: one.remedy, ...(seq === undefined ? {} : { seq }) };
};

export class Session {
  state: State = BEGIN;
  readonly voice = new Voice();
  microphone: Listening | null = null;
  level_db = SILENT_DB;
  private readonly connection: Connection;
  private readonly stories = new Map<number, { story: Story; remarks: number }>();
  private drawing = false;
  private drawn_ms = 0;

  constructor(world: World, private readonly sound: Sound, private readonly draw: () => void) {
    this.connection = new Connection(world, {
      opened: () => this.happened({ was: "opened" }),
      gone: (tries, again_s) => {
        this.quiet();
        this.happened({ was: "gone", tries, again_s });
      },
      told: (message) => this.told(message),
      sound: (phone, pcm) => this.sound.play(phone, pcm),
    });
  }

  /** Gives an order; when the server is gone it says so instead. */
  order(command: Command): void {
    if (command.do === "call" || command.do === "play") this.sound.wake();
    const id = this.connection.order(command);
    this.happened(id === null ? { was: "unheard", command } : { was: "ordered", id, command });
  }

  dismiss(notice: number): void {
    this.happened({ was: "read", notice });
  }

  /** The call as it is told so far. */
  story(call: LiveCall): Story {
    let known = this.stories.get(call.key);
    if (known === undefined) this.stories.set(call.key, (known = { story: new Story(), remarks: 0 }));
    for (const frame of call.frames.slice(known.story.frames.length)) known.story.push(frame);
    for (const one of call.findings.slice(known.remarks)) known.story.remark(asFinding(one));
    known.remarks = call.findings.length;
    return known.story;
  }

  /** Switches the microphone of that phone on, or off. To be called by a click. */
  async listen(phone: Phone): Promise<void> {
    const had = this.microphone;
    this.deafen();
    if (had?.phone === phone) return;
    try {
      const begun = await this.sound.listen(phone, (pcm, level_db) => this.hear(phone, pcm, level_db), () => this.deafen());
      if (callOf(this.state, phone) === undefined) return begun.stop(); // hung up while the person was asked
      this.microphone = begun;
      this.order({ do: "mic", phone, hz: RATE_HZ });
    } catch (error) {
      const said = error instanceof NoSound ? error : new NoSound("This browser cannot take sound from a microphone.", "Type what you want to say.");
      this.happened({ was: "troubled", phone, problem: said.problem, remedy: said.remedy });
    }
  }

  speakAloud(on: boolean): void {
    this.voice.on = on;
    if (!on) this.voice.hush();
    this.drawSoon();
  }

  private hear(phone: Phone, pcm: Int16Array, level_db: number): void {
    this.level_db = level_db;
    if (this.microphone?.phone === phone && !this.state.muted.has(phone)) this.connection.sound(phone, pcm);
    this.drawSoon();
  }

  /** Lets go of the microphone; the server is told, unless it is whom that comes from. */
  private deafen(tell = true): void {
    const had = this.microphone;
    if (had === null) return;
    had.stop();
    this.microphone = null;
    this.level_db = SILENT_DB;
    if (tell && callOf(this.state, had.phone) !== undefined && this.state.line.state === "open") this.order({ do: "mic", phone: had.phone, hz: null });
    this.drawSoon();
  }

  private quiet(): void {
    this.voice.hush();
    for (const phone of this.state.phones) this.sound.flush(phone);
  }

  private told(message: Message): void {
    if (message.is === "speaks") this.voice.say(message.text, message.lasts_s);
    if (message.is === "silenced") {
      this.voice.hush();
      this.sound.flush(message.phone);
    }
    if (message.is === "call" && message.state === "over") {
      this.voice.hush();
      this.sound.flush(message.phone);
    }
    const refused = message.is === "refused" && message.id !== null ? this.state.ordered.get(message.id) : undefined;
    this.happened({ was: "told", message });
    if (refused?.do === "mic" && refused.hz !== null) this.deafen(false); // nobody hears it, so nothing may look as if
    if (message.is === "hello" && this.microphone !== null) this.order({ do: "mic", phone: this.microphone.phone, hz: RATE_HZ });
    if (message.is === "call" && message.state === "over" && this.microphone?.phone === message.phone && callOf(this.state, message.phone) === undefined) this.deafen();
  }

  private happened(event: Event): void {
    this.state = step(this.state, event);
    for (const key of this.stories.keys()) if (!this.state.calls.some((call) => call.key === key)) this.stories.delete(key);
    this.drawSoon();
  }

  private drawSoon(): void {
    if (this.drawing) return;
    this.drawing = true;
    setTimeout(() => {
      this.drawing = false;
      this.drawn_ms = performance.now();
      this.draw();
    }, Math.max(0, DRAW_MS - (performance.now() - this.drawn_ms)));
  }
}
