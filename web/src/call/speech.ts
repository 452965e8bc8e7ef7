/** Who spoke when, and how much of it was heard: told frame by frame. */

import { type Frame, legOf, numberIn, textIn } from "./journal";

/** Something that was said. `end_s` is null while it goes on; `cut` are the words (as far as known) and `cut_s` the time nobody heard. */
export interface Utterance {
  by: "caller" | "assistant";
  leg: number;
  begin_s: number;
  end_s: number | null;
  text: string;
  cut: string;
  cut_s: number;
  seq: number;
  last_seq: number;
}

/** `written` is what the assistant was to say since it was last heard, by leg: what was cut off is what of it was not heard. */
export interface Speech {
  utterances: readonly Utterance[];
  written: ReadonlyMap<number, string>;
  item: string;
}

export const SILENCE: Speech = { utterances: [], written: new Map(), item: "" };

export function stepSpeech(speech: Speech, frame: Frame): Speech {
  const leg = legOf(frame);
  if (frame.link === "model" && frame.from === "model") return heardFromModel(speech, frame, leg);
  if (frame.link !== "media") return speech;
  const text = textIn(frame.frame, "text") ?? "";
  switch (`${frame.from} ${frame.kind}`) {
    case "caller speaks": {
      const end_s = frame.at_s + (numberIn(frame.frame, "duration_s") ?? 0);
      return with_(speech, { by: "caller", leg, begin_s: frame.at_s, end_s, text, cut: "", cut_s: 0, seq: frame.seq, last_seq: frame.seq });
    }
    case "jambonz said":
      return write(speech, leg, ` ${text}`);
    case "jambonz playing":
      return with_(speech, { by: "assistant", leg, begin_s: frame.at_s, end_s: null, text: "", cut: "", cut_s: 0, seq: frame.seq, last_seq: frame.seq });
    case "jambonz heard":
      return heard(speech, frame, leg, text);
    default:
      return speech;
  }
}

const with_ = (speech: Speech, one: Utterance): Speech => ({ ...speech, utterances: [...speech.utterances, one] });

function write(speech: Speech, leg: number, words: string): Speech {
  const written = new Map(speech.written);
  written.set(leg, (written.get(leg) ?? "") + words);
  return { ...speech, written };
}

const SPOKEN = /^response\.(output_)?audio_transcript\.delta$/;

function heardFromModel(speech: Speech, frame: Frame, leg: number): Speech {
  const words = SPOKEN.test(frame.kind) ? textIn(frame.frame, "delta") : textIn(frame.frame, "agent_response_event", "agent_response");
  if (words === undefined) return speech;
  const item = textIn(frame.frame, "item_id") ?? "";
  return { ...write(speech, leg, item === speech.item ? words : ` ${words}`), item };
}

function heard(speech: Speech, frame: Frame, leg: number, text: string): Speech {
  const heard_s = numberIn(frame.frame, "heard_s") ?? 0;
  const cut_s = numberIn(frame.frame, "cut_s") ?? 0;
  const cut = cut_s > 0 ? rest(speech.written.get(leg) ?? "", text) : "";
  const written = new Map(speech.written);
  written.delete(leg);
  const utterances = [...speech.utterances];
  let place = utterances.length - 1;
  while (place >= 0 && !isOpen(utterances[place], leg)) place -= 1;
  const ended = { end_s: frame.at_s, text, cut, cut_s, last_seq: frame.seq };
  const begun = utterances[place];
  if (begun === undefined) utterances.push({ by: "assistant", leg, begin_s: frame.at_s - heard_s, seq: frame.seq, ...ended });
  else utterances[place] = { ...begun, ...ended };
  return { ...speech, utterances, written };
}

const isOpen = (one: Utterance | undefined, leg: number): boolean => one !== undefined && one.by === "assistant" && one.leg === leg && one.end_s === null;

/** What of the words written was not heard; empty when the two do not fit together. */
function rest(written: string, text: string): string {
  const all = written.split(/\s+/).filter(Boolean);
  const known = text.split(/\s+/).filter(Boolean);
  return known.every((word, place) => all[place] === word) ? all.slice(known.length).join(" ") : "";
}
