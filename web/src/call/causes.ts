/** What caused what: found by the ids that frames carry (msgid, event_id, call_id, response_id, item_id), and where they carry none, by order. */

import { type Frame, inside, legOf, listIn, numberIn, textIn } from "./journal";
import { toolMeant } from "./tools";

/** Why one frame is there. `by` names what both have in common; `sure` is false when it is only what came before. */
export interface Cause {
  seq: number;
  by: string;
  sure: boolean;
}

/** What is known so far: the frame that a key stands for, the causes of each frame, and what each has led to. */
export class Causes {
  private readonly known = new Map<string, number>();
  private readonly of = new Map<number, Cause>();
  private readonly effects = new Map<number, number[]>();
  /** Verbs that an acknowledgement brought and that have not begun, by leg. */
  private readonly waiting = new Map<number, { verb: string; seq: number }[]>();
  /** What asked for a response last and has got none, by leg. (What asked before that was refused, or is answered with it.) */
  private readonly asking = new Map<number, number>();

  causeOf(seq: number): Cause | undefined {
    return this.of.get(seq);
  }

  effectsOf(seq: number): readonly number[] {
    return this.effects.get(seq) ?? [];
  }

  /** From the first cause to the frame itself. */
  chain(seq: number, most = 12): number[] {
    const found = [seq];
    for (let cause = this.of.get(seq); cause !== undefined && found.length < most; cause = this.of.get(cause.seq)) found.unshift(cause.seq);
    return found;
  }

  push(frame: Frame): void {
    const cause = this.find(frame);
    if (cause !== undefined && cause.seq !== frame.seq) {
      this.of.set(frame.seq, cause);
      this.effects.set(cause.seq, [...(this.effects.get(cause.seq) ?? []), frame.seq]);
    }
    this.learn(frame);
  }

  private find(frame: Frame): Cause | undefined {
    if (frame.link === "app") return this.ofApp(frame);
    if (frame.link === "model") return frame.from === "model" ? this.ofModel(frame) : this.toModel(frame);
    if (frame.link === "media") return this.ofMedia(frame);
    if (frame.link === "world") return this.ofWorld(frame);
    return undefined;
  }

  private ofApp(frame: Frame): Cause | undefined {
    const { frame: content, kind } = frame;
    const leg = legOf(frame);
    const event = inside(content, "data");
    if (frame.from === "app") {
      if (kind === "open") return this.by("connection", `connect app ${leg}`);
      if (kind === "closed") return this.by("connection", `close app ${leg}`);
      const webhook = numberIn(content, "webhook");
      if (webhook !== undefined) return this.by(`webhook ${webhook}`, `webhook ${webhook}`);
      const call = toolMeant(content);
      if (kind === "command" && call !== undefined) return this.by("tool_call_id", `tool ${call}`);
      return this.by("msgid", `msgid ${textIn(content, "msgid") ?? ""}`) ?? (kind === "command" ? this.guess(`to app ${leg}`) : undefined);
    }
    if (kind === "llm:tool-call" || kind === "agent:tool-call") return this.by("call_id", `arguments ${textIn(event, "tool_call_id") ?? ""}`);
    if (kind === "llm:event" || kind === "agent:event") {
      return this.by("event_id", `event ${textIn(event, "event_id") ?? ""}`) ?? this.guess(`model ${leg} ${textIn(event, "type") ?? ""}`);
    }
    if (textIn(content, "type") !== kind && ["command", "dropped", "ignored"].includes(kind)) return this.guess(`from app ${leg}`);
    if (kind === "verb:hook") return this.guess(`ended ${leg}`) ?? this.guess(`verb ${leg}`);
    if (kind === "close") return this.guess(`ended ${leg}`);
    if (kind === "call:status" && textIn(event, "call_status") === "completed") return this.guess(`ended ${leg}`);
    return undefined;
  }

  private ofModel(frame: Frame): Cause | undefined {
    const { frame: content, kind } = frame;
    const leg = legOf(frame);
    const response = textIn(content, "response_id") ?? textIn(content, "response", "id");
    const item = textIn(content, "item_id") ?? textIn(content, "item", "id");
    if (kind === "open" || kind === "refused") return this.by("connection", `connect model ${leg}`);
    if (kind === "session.created") return this.by("connection", `open model ${leg}`);
    if (kind === "session.updated") return this.guess(`session.update ${leg}`);
    if (kind === "error") return this.by("event_id", `event ${textIn(content, "error", "event_id") ?? ""}`);
    if (kind === "response.created") {
      const asked = this.asking.get(leg);
      this.asking.delete(leg);
      return asked === undefined ? undefined : { seq: asked, by: "asked for a response", sure: false };
    }
    if (kind === "input_audio_buffer.speech_started") return this.guess(`speaks ${leg}`);
    if (kind.startsWith("conversation.item.") && kind !== "conversation.item.truncated") {
      const call = textIn(content, "item", "type") === "function_call_output" ? textIn(content, "item", "call_id") : undefined;
      return this.by("call_id", `output ${call ?? ""}`) ?? this.by("item_id", `item ${item ?? ""}`);
    }
    if (kind === "response.output_item.added" || kind === "response.done" || kind === "rate_limits.updated") {
      return this.by("response_id", `response ${response ?? ""}`) ?? this.guess(`done ${leg}`);
    }
    return this.by("item_id", `item ${item ?? ""}`) ?? this.by("response_id", `response ${response ?? ""}`);
  }

  private toModel(frame: Frame): Cause | undefined {
    const leg = legOf(frame);
    const call = textIn(frame.frame, "item", "call_id") ?? textIn(frame.frame, "tool_call_id");
    if (frame.kind === "connect") return this.guess(`verb ${leg}`);
    if (call !== undefined) return this.by("call_id", `command ${call}`);
    if (frame.kind === "response.create") return this.guess(`output at ${leg} ${frame.at_s}`) ?? this.guess(`from app ${leg} llm:update`) ?? this.guess(`open model ${leg}`);
    if (frame.kind === "session.update") return this.guess(`from app ${leg} llm:update`) ?? this.guess(`open model ${leg}`);
    if (frame.kind === "response.cancel") return this.guess(`speech_started ${leg}`);
    if (frame.kind === "input_audio_buffer.append") return undefined;
    return undefined;
  }

  private ofMedia(frame: Frame): Cause | undefined {
    const leg = legOf(frame);
    if (frame.kind === "heard") {
      const cut = (numberIn(frame.frame, "cut_s") ?? 0) > 0 ? this.known.get(`speech_started ${leg}`) : undefined;
      const playing = this.known.get(`playing ${leg}`);
      return cut !== undefined && (playing === undefined || cut > playing) ? { seq: cut, by: "barge-in", sure: false } : this.guess(`playing ${leg}`);
    }
    if (frame.kind === "playing") return this.guess(`sound ${leg}`);
    if (frame.kind === "said") return this.guess(`verb ${leg}`);
    if (frame.kind === "sip_bye" || frame.kind === "call_ended") return this.guess(`hangs_up ${leg}`) ?? this.guess(`verb ${leg}`);
    if (frame.kind !== "verb") return undefined;
    const waiting = this.waiting.get(leg) ?? [];
    const place = waiting.findIndex((one) => one.verb === textIn(frame.frame, "verb"));
    if (place < 0) return undefined;
    const [found] = waiting.splice(0, place + 1).slice(-1);
    return found === undefined ? undefined : { seq: found.seq, by: "the verbs it brought", sure: true };
  }

  private ofWorld(frame: Frame): Cause | undefined {
    const number = numberIn(frame.frame, "number");
    if (frame.kind === "request") return this.guess("open tool") ?? this.guess(`to app ${legOf(frame)}`);
    if (frame.kind === "api_reply") return this.guess("api_request");
    return number === undefined ? undefined : this.by(`request ${number}`, `request ${number}`);
  }

  /** The frame that this key stands for; a key without an id at its end stands for none. */
  private by(what: string, key: string): Cause | undefined {
    const seq = key.endsWith(" ") ? undefined : this.known.get(key);
    return seq === undefined ? undefined : { seq, by: what, sure: true };
  }

  private guess(key: string): Cause | undefined {
    const found = this.by("by order", key);
    return found === undefined ? undefined : { ...found, sure: false };
  }

  private learn(frame: Frame): void {
    const { frame: content, kind, seq } = frame;
    const leg = legOf(frame);
    const note = (key: string): void => void (key.endsWith(" ") || this.known.set(key, seq));
    const once = (key: string): void => void (this.known.has(key) || note(key));
    if (kind === "connect" || kind === "open" || kind === "close") note(`${kind} ${frame.link} ${leg}`);
    if (frame.link === "app") this.learnOfApp(frame, note);
    if (frame.link === "model") {
      once(`event ${textIn(content, "event_id") ?? ""}`);
      if (frame.from === "model") this.learnOfModel(frame, note, once);
      else if (kind === "conversation.item.create") {
        note(`output ${textIn(content, "item", "call_id") ?? ""}`);
        note(`output at ${leg} ${frame.at_s}`);
      } else if (kind === "session.update") note(`session.update ${leg}`);
      else if (kind === "response.create") this.asking.set(leg, seq);
    }
    if (frame.link === "media" && ["speaks", "playing", "hangs_up", "verb"].includes(kind)) note(`${kind} ${leg}`);
    if (frame.link === "media" && kind === "said") note(`sound ${leg}`);
    if (frame.link === "media" && kind === "call_ended") note(`ended ${leg}`);
    if (kind === "request") note(`request ${numberIn(content, "number") ?? ""}`);
    if (kind === "api_request") note(kind);
  }

  private learnOfApp(frame: Frame, note: (key: string) => void): void {
    const { frame: content, kind, seq } = frame;
    const leg = legOf(frame);
    const data = inside(content, "data");
    if (frame.from === "app") {
      const verbs = [...listIn(content, "data"), ...listIn(data, "parent_call")].flatMap((one) => textIn(one, "verb") ?? []);
      if (verbs.length > 0 && (kind === "ack" || kind === "command")) this.waiting.set(leg, verbs.map((verb) => ({ verb, seq })));
      note(`from app ${leg}`);
      if (kind !== "command") return;
      note(`from app ${leg} ${textIn(content, "command") ?? ""}`);
      const call = toolMeant(content);
      if (call === undefined) return;
      note(`command ${call}`);
      if (this.known.get("open tool") === this.known.get(`tool ${call}`)) this.known.delete("open tool");
      return;
    }
    note(`msgid ${textIn(content, "msgid") ?? ""}`);
    note(`webhook ${numberIn(content, "webhook") ?? ""}`);
    if (textIn(content, "type") === kind && kind !== "call:status") note(`to app ${leg}`);
    if (kind === "llm:tool-call" || kind === "agent:tool-call") {
      note(`tool ${textIn(data, "tool_call_id") ?? ""}`);
      note("open tool");
    }
  }

  private learnOfModel(frame: Frame, note: (key: string) => void, once: (key: string) => void): void {
    const { frame: content, kind } = frame;
    const leg = legOf(frame);
    const item = textIn(content, "item_id") ?? textIn(content, "item", "id") ?? "";
    note(`model ${leg} ${kind}`);
    if (kind === "response.created") note(`response ${textIn(content, "response", "id") ?? ""}`);
    if (kind === "response.done") {
      note(`done ${leg}`);
      const failed = textIn(content, "response", "status") === "failed";
      if (failed) note(`ended ${leg}`);
    }
    if (kind === "response.output_item.added" || kind === "input_audio_buffer.speech_started" || kind === "conversation.item.added") once(`item ${item}`);
    if (kind === "input_audio_buffer.committed") {
      note(`item ${item}`);
      this.asking.set(leg, frame.seq);
    }
    if (kind === "input_audio_buffer.speech_started") note(`speech_started ${leg}`);
    if (kind === "response.function_call_arguments.done") note(`arguments ${textIn(content, "call_id") ?? ""}`);
    if (kind === "client_tool_call") note(`arguments ${textIn(content, "client_tool_call", "tool_call_id") ?? ""}`);
    if (/audio\.delta$|^audio$/.test(kind)) note(`sound ${leg}`);
    if (kind === "error" || kind === "closed") note(`ended ${leg}`);
  }
}
