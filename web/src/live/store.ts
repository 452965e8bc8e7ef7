/** All that the page knows, as values: what happens goes in, what is known then comes out. Nothing here knows a socket, a clock or a sound. */

import type { Content, Frame } from "../call/journal";
import { is } from "../call/journal";
import type { AppStage, CallStage, Command, Ending, LiveFinding, Message, Owed, Phone, Scenario, Speed } from "./messages";

/** What the assistant says just now, as far as it is told; `heard` is null until it was cut off. */
export interface Spoken {
  text: string;
  heard: string | null;
}

/** A call of this session. `key` is its own, whatever it is called; `missed` counts frames that passed while the server was gone; `spoken` are words in the caller's ear. */
export interface LiveCall {
  key: number;
  id: string;
  phone: Phone;
  stage: CallStage;
  from: string;
  to: string;
  title: string;
  frames: readonly Frame[];
  missed: number;
  now_s: number;
  owed: readonly Owed[];
  findings: readonly LiveFinding[];
  result: { outcome: Ending; text: readonly string[] } | null;
  cost: { tokens: Content; usd: number | null } | null;
  spoken: Spoken | null;
}

/** Something to tell the person at the page; `phone` is null when it is about no phone. */
export interface Notice {
  number: number;
  phone: Phone | null;
  problem: string;
  remedy: string;
}

export type Line = { state: "connecting" } | { state: "open" } | { state: "gone"; tries: number; again_s: number };

export interface State {
  line: Line;
  app: { ref: string; state: AppStage; problem: string; remedy: string };
  model: { kind: string; name: string };
  scenarios: readonly Scenario[];
  phones: readonly Phone[];
  calls: readonly LiveCall[];
  muted: ReadonlySet<Phone>;
  bad: ReadonlySet<Phone>;
  /** `next` is the step that comes, where one is played step by step. */
  playing: { scenario: string; speed: Speed; call: string | null; next: { where: string; step: string } | null } | null;
  saved: { file: string; yaml: string; passes: boolean } | null;
  saving: boolean;
  notices: readonly Notice[];
  /** Orders without an answer, by id. */
  ordered: ReadonlyMap<number, Command>;
  greeted: boolean;
  count: number;
}

export const BEGIN: State = {
  line: { state: "connecting" },
  app: { ref: "", state: "starting", problem: "", remedy: "" },
  model: { kind: "", name: "" },
  scenarios: [],
  phones: ["a"],
  calls: [],
  muted: new Set(),
  bad: new Set(),
  playing: null,
  saved: null,
  saving: false,
  notices: [],
  ordered: new Map(),
  greeted: false,
  count: 0,
};

export type Event =
  | { was: "told"; message: Message }
  | { was: "opened" }
  | { was: "gone"; tries: number; again_s: number }
  | { was: "ordered"; id: number; command: Command }
  | { was: "unheard"; command: Command }
  | { was: "troubled"; phone: Phone | null; problem: string; remedy: string }
  | { was: "read"; notice: number };

/** So many calls are kept, and so many notices and unanswered orders: a page may stay open for days. */
const MOST_CALLS = 40;
const MOST_NOTICES = 4;
const MOST_ORDERS = 200;

export function step(state: State, event: Event): State {
  switch (event.was) {
    case "opened":
      return { ...state, line: { state: "open" } };
    case "gone":
      return { ...state, line: { state: "gone", tries: event.tries, again_s: event.again_s }, ordered: new Map(), saving: false };
    case "ordered":
      return ordered(state, event.id, event.command);
    case "unheard":
      return notice(state, phoneOf(event.command), "The server is gone: this was not done.", "The page connects again by itself. Then do it once more.");
    case "troubled":
      return notice(state, event.phone, event.problem, event.remedy);
    case "read":
      return { ...state, notices: state.notices.filter((one) => one.number !== event.notice) };
    case "told":
      return told(state, event.message);
  }
}

const phoneOf = (command: Command | undefined): Phone | null => (command !== undefined && "phone" in command ? command.phone : null);

function notice(state: State, phone: Phone | null, problem: string, remedy: string): State {
  const others = state.notices.filter((one) => one.problem !== problem || one.phone !== phone);
  return { ...state, count: state.count + 1, notices: [...others, { number: state.count, phone, problem, remedy }].slice(-MOST_NOTICES) };
}

function ordered(state: State, id: number, command: Command): State {
  const waiting = new Map(state.ordered).set(id, command);
  for (const old of waiting.keys()) if (waiting.size > MOST_ORDERS) waiting.delete(old);
  const after: State = { ...state, ordered: waiting };
  switch (command.do) {
    case "mute":
      return { ...after, muted: toggled(state.muted, command.phone, command.on) };
    case "bad_line":
      return { ...after, bad: toggled(state.bad, command.phone, command.on) };
    case "call":
      return { ...after, muted: toggled(state.muted, command.phone, false), bad: toggled(state.bad, command.phone, false), notices: state.notices.filter((one) => one.phone !== command.phone) };
    case "play":
      return { ...after, playing: { scenario: command.scenario, speed: command.speed, call: null, next: null } };
    case "stop":
      return { ...after, playing: null };
    case "save":
      return { ...after, saved: null, saving: true };
    default:
      return after;
  }
}

/** Words come as they are known, often in pieces: one follows the other until the assistant was heard or silenced. */
const goesOn = (call: LiveCall): call is LiveCall & { spoken: Spoken } => call.spoken !== null && call.spoken.heard === null;

function toggled(some: ReadonlySet<Phone>, phone: Phone, on: boolean): ReadonlySet<Phone> {
  const now = new Set(some);
  if (on) now.add(phone);
  else now.delete(phone);
  return now;
}

function told(state: State, message: Message): State {
  switch (message.is) {
    case "hello":
      return hello(state, message);
    case "app":
      return { ...state, app: { ref: state.app.ref, state: message.state, problem: message.problem, remedy: message.remedy } };
    case "call":
      return called(state, message);
    case "frames":
      return change(state, message.call, (call) => withFrames(call, message.frames));
    case "now":
      return change(state, message.call, (call) => ({ ...call, now_s: Math.max(call.now_s, message.at_s) }));
    case "owed":
      return change(state, message.call, (call) => ({ ...call, owed: message.owed }));
    case "finding":
      return change(state, message.call, (call) => (call.findings.some((one) => same(one, message.finding)) ? call : { ...call, findings: [...call.findings, message.finding] }));
    case "speaks":
      return ofPhone(state, message.phone, (call) => ({ ...call, spoken: { text: goesOn(call) ? `${call.spoken.text} ${message.text}` : message.text, heard: null } }));
    case "silenced":
      return ofPhone(state, message.phone, (call) => ({ ...call, spoken: call.spoken === null ? null : { ...call.spoken, heard: message.heard } }));
    case "step":
      return state.playing === null ? state : { ...state, playing: { ...state.playing, next: { where: message.where, step: message.step } } };
    case "result": {
      const after = change(state, message.call, (call) => ({ ...call, result: { outcome: message.outcome, text: message.text } }));
      return state.playing !== null && (state.playing.call ?? message.call) === message.call ? { ...after, playing: null } : after;
    }
    case "cost":
      return change(state, message.call, (call) => ({ ...call, cost: { tokens: message.tokens, usd: message.usd } }));
    case "saved":
      return { ...state, saved: { file: message.file, yaml: message.yaml, passes: message.passes }, saving: false };
    case "refused":
      return refused(answered(state, message.id), message.id === null ? undefined : state.ordered.get(message.id), message.problem, message.remedy);
    case "done":
      return answered(state, message.id);
  }
}

/** A server greets. One that greets again either was only out of reach, or is another: what it does not speak of any more is over. */
function hello(state: State, message: Message & { is: "hello" }): State {
  const calls = state.calls.map((call) => (call.stage === "over" ? call : { ...call, stage: "over" as const, owed: [], spoken: null }));
  return {
    ...state,
    line: { state: "open" },
    app: { ...state.app, ...message.app, ...(message.app.state === "failed" ? {} : { problem: "", remedy: "" }) },
    model: message.model, scenarios: message.scenarios, phones: message.phones,
    calls: state.greeted ? calls : state.calls,
    playing: null, greeted: true,
  };
}

const NEW = { frames: [], missed: 0, now_s: 0, owed: [], findings: [], result: null, cost: null, spoken: null };

function called(state: State, message: Message & { is: "call" }): State {
  const { call: id, phone, state: stage, from, to, title } = message;
  const known = state.calls.find((one) => one.id === id);
  // A server that was started again counts from c1 again: what it calls by that name now is another call.
  const another = known !== undefined && known.stage === "over" && stage === "ringing";
  const kept = another ? state.calls.map((one) => (one === known ? { ...one, id: `${id} before ${state.count}` } : one)) : state.calls;
  const described = { phone, stage, from, to, title };
  const calls =
    known === undefined || another
      ? [...kept, { ...NEW, key: state.count, id, ...described }].slice(-MOST_CALLS)
      : kept.map((one) => (one.id === id ? { ...one, ...described, ...(stage === "over" ? { spoken: null, owed: [] } : {}) } : one));
  const playing = state.playing !== null && state.playing.call === null && stage !== "over" ? { ...state.playing, call: id } : state.playing;
  return { ...state, calls, playing, count: state.count + 1 };
}

function change(state: State, id: string, how: (call: LiveCall) => LiveCall): State {
  const place = state.calls.findIndex((one) => one.id === id);
  const before = state.calls[place];
  if (before === undefined) return state;
  const after = how(before);
  return after === before ? state : { ...state, calls: state.calls.map((one, at) => (at === place ? after : one)) };
}

function ofPhone(state: State, phone: Phone, how: (call: LiveCall) => LiveCall): State {
  const call = callOf(state, phone);
  return call === undefined ? state : change(state, call.id, how);
}

/** The call that is on this phone; undefined when it is free. */
export function callOf(state: State, phone: Phone): LiveCall | undefined {
  return state.calls.find((one) => one.phone === phone && one.stage !== "over");
}

/** Frames come in order, and again when a server is met again: each is taken once, and a gap is told. */
function withFrames(call: LiveCall, frames: readonly Frame[]): LiveCall {
  let last = call.frames[call.frames.length - 1]?.seq ?? -1;
  let missed = call.missed;
  const fresh = frames.filter((frame) => {
    if (frame.seq <= last) return false;
    missed += frame.seq - last - 1;
    last = frame.seq;
    return true;
  });
  const newest = fresh[fresh.length - 1];
  if (newest === undefined) return call;
  const ended = fresh.some((frame) => is(frame, "media", "jambonz", "heard") && (frame.leg ?? 0) === 0);
  return { ...call, frames: [...call.frames, ...fresh], missed, now_s: Math.max(call.now_s, newest.at_s), spoken: ended ? null : call.spoken };
}

const same = (one: LiveFinding, other: LiveFinding): boolean => one.code === other.code && one.problem === other.problem && one.seqs.join() === other.seqs.join();

function answered(state: State, id: number | null): State {
  if (id === null || !state.ordered.has(id)) return state;
  const waiting = new Map(state.ordered);
  const command = waiting.get(id);
  waiting.delete(id);
  return { ...state, ordered: waiting, saving: state.saving && command?.do !== "save" };
}

/** What was refused did not happen: what the page had shown of it is taken back. */
function refused(state: State, command: Command | undefined, problem: string, remedy: string): State {
  const after = notice(state, phoneOf(command), problem, remedy);
  switch (command?.do) {
    case "mute":
      return { ...after, muted: toggled(state.muted, command.phone, !command.on) };
    case "bad_line":
      return { ...after, bad: toggled(state.bad, command.phone, !command.on) };
    case "play":
      return { ...after, playing: null };
    case "save":
      return { ...after, saving: false };
    default:
      return after;
  }
}
