/** How things stood after a frame: the call, its verbs, who owes what, and the conversation and session as the model has them. */

import { type Content, type Frame, inside, type Json, legOf, listIn, numberIn, textIn } from "./journal";
import { toolAnswered } from "./tools";

/** Somebody owes an answer: `what` it is, since when, and the frame that asked. */
export interface Debt {
  key: string;
  who: "application" | "model" | "backend";
  what: string;
  since_s: number;
  seq: number;
}

export interface Item {
  id: string;
  type: string;
  role: string;
  text: string;
  status: string;
  seq: number;
}

/** One call. `verb` is the one that runs, `waiting` those behind it; `session` is null until the model has one. */
export interface CallState {
  status: string;
  direction: string;
  from: string;
  to: string;
  app: "not connected" | "connected" | "closed";
  model: "not connected" | "connecting" | "connected" | "closed" | "refused";
  verb: string | null;
  waiting: readonly string[];
  response: string | null;
  debts: readonly Debt[];
  items: readonly Item[];
  session: Content | null;
}

/** All calls by leg. */
export type State = ReadonlyMap<number, CallState>;

export const NOTHING_YET: State = new Map();

const NEW: CallState = {
  status: "new", direction: "", from: "", to: "", app: "not connected", model: "not connected",
  verb: null, waiting: [], response: null, debts: [], items: [], session: null,
};

/** jambonz waits for an answer to everything but these. Source: feature-server ws-requestor.js. */
const WANTS_NO_ACK = new Set([
  "call:status", "verb:status", "jambonz:error", "llm:event", "llm:tool-call", "agent:event", "agent:tool-call", "tts:streaming-event", "tts:tokens-result",
]);

export function step(state: State, frame: Frame): State {
  const leg = legOf(frame);
  const before = state.get(leg) ?? NEW;
  const after = stepCall(before, frame);
  return after === before && state.has(leg) ? state : new Map(state).set(leg, after);
}

function stepCall(call: CallState, frame: Frame): CallState {
  switch (frame.link) {
    case "app":
      return frame.from === "app" ? saidByApp(call, frame) : frame.from === "jambonz" ? saidToApp(call, frame) : call;
    case "model":
      return frame.from === "model" ? saidByModel(call, frame) : frame.from === "jambonz" ? saidToModel(call, frame) : call;
    case "media":
      return onTheLine(call, frame);
    case "world":
      return ofBackends(call, frame);
    default:
      return call;
  }
}

const owes = (call: CallState, frame: Frame, key: string, who: Debt["who"], what: string): CallState => ({
  ...call,
  debts: [...call.debts.filter((one) => one.key !== key), { key, who, what, since_s: frame.at_s, seq: frame.seq }],
});

function paid(call: CallState, fits: (key: string) => boolean): CallState {
  const debts = call.debts.filter((one) => !fits(one.key));
  return debts.length === call.debts.length ? call : { ...call, debts };
}

function saidToApp(call: CallState, frame: Frame): CallState {
  const { frame: content, kind } = frame;
  if (kind === "connect") return owes(call, frame, "connect", "application", "a connection");
  if (kind === "close") return call;
  if (kind === "ack_timeout") return paid(call, (key) => key === `msgid ${textIn(content, "msgid") ?? ""}`);
  if (textIn(content, "type") !== kind) return call;
  const data = inside(content, "data");
  let after = withInfo(call, data);
  const msgid = textIn(content, "msgid");
  const webhook = numberIn(content, "webhook");
  const hook = textIn(content, "hook");
  if (!WANTS_NO_ACK.has(kind) && (msgid ?? webhook) !== undefined) {
    const key = msgid === undefined ? `webhook ${webhook}` : `msgid ${msgid}`;
    after = owes(after, frame, key, "application", `an answer to ${kind}${hook === undefined ? "" : ` ${hook}`}`);
  }
  if (kind === "llm:tool-call" || kind === "agent:tool-call") {
    const key = webhook === undefined ? `tool ${textIn(data, "tool_call_id") ?? ""}` : `webhook ${webhook}`;
    after = owes(after, frame, key, "application", `the output of ${textIn(data, "name") ?? "a tool"}`);
  }
  return after;
}

function withInfo(call: CallState, data: Json | undefined): CallState {
  const told = (name: "from" | "to" | "direction", now: string): string => textIn(data, name) ?? now;
  const status = textIn(data, "call_status") ?? call.status;
  const next = { ...call, status, from: told("from", call.from), to: told("to", call.to), direction: told("direction", call.direction) };
  return next.status === call.status && next.from === call.from && next.to === call.to && next.direction === call.direction ? call : next;
}

function saidByApp(call: CallState, frame: Frame): CallState {
  const { frame: content, kind } = frame;
  if (kind === "open") return { ...paid(call, (key) => key === "connect"), app: "connected" };
  if (kind === "closed") return { ...paid(call, (key) => !/^(response|request)/.test(key)), app: "closed" };
  const webhook = numberIn(content, "webhook");
  const answered = webhook === undefined ? `msgid ${textIn(content, "msgid") ?? ""}` : `webhook ${webhook}`;
  let after = paid(call, (key) => key === answered);
  const verbs = listIn(content, "data").flatMap((one) => textIn(one, "verb") ?? []);
  if (verbs.length > 0 && (kind === "ack" || textIn(content, "command") === "redirect")) {
    after = { ...after, waiting: inside(content, "queueCommand") === true ? [...after.waiting, ...verbs] : verbs };
  }
  const output = toolAnswered(frame);
  return output === undefined ? after : paid(after, (key) => key === `tool ${output}`);
}

function onTheLine(call: CallState, frame: Frame): CallState {
  if (frame.from !== "jambonz") return call;
  if (frame.kind === "verb") {
    const verb = textIn(frame.frame, "verb") ?? "";
    const place = call.waiting.indexOf(verb);
    return { ...call, verb, waiting: place < 0 ? call.waiting : call.waiting.slice(place + 1) };
  }
  if (frame.kind === "call_ended") return { ...call, status: textIn(frame.frame, "status") ?? "completed", verb: null, waiting: [] };
  return call;
}

function ofBackends(call: CallState, frame: Frame): CallState {
  const number = numberIn(frame.frame, "number");
  if (number === undefined) return call;
  if (frame.kind === "request") return owes(call, frame, `request ${number}`, "backend", `a reply to ${textIn(frame.frame, "method") ?? ""} ${textIn(frame.frame, "url") ?? ""}`);
  return paid(call, (key) => key === `request ${number}`);
}

function saidToModel(call: CallState, frame: Frame): CallState {
  switch (frame.kind) {
    case "connect":
      return { ...call, model: "connecting" };
    case "closed":
      return { ...paid(call, (key) => key.startsWith("response")), model: "closed", response: null };
    case "response.create":
      return owes(call, frame, `response ${frame.seq}`, "model", "a response");
    default:
      return call;
  }
}

function saidByModel(call: CallState, frame: Frame): CallState {
  const { frame: content, kind } = frame;
  switch (kind) {
    case "open":
      return { ...call, model: "connected" };
    case "refused":
      return { ...call, model: "refused" };
    case "closed":
      return { ...paid(call, (key) => key.startsWith("response")), model: "closed", response: null };
    case "session.created":
    case "session.updated": {
      const session = inside(content, "session");
      return session !== null && typeof session === "object" && !Array.isArray(session) ? { ...call, session } : call;
    }
    case "response.created": {
      const [asked] = call.debts.filter((one) => one.key.startsWith("response "));
      const after = asked === undefined ? call : paid(call, (key) => key === asked.key);
      return { ...owes(after, frame, "response under way", "model", "the end of its response"), response: textIn(content, "response", "id") ?? "" };
    }
    case "response.done":
      return { ...withItems(paid(call, (key) => key === "response under way"), frame, listIn(content, "response", "output")), response: null };
    case "conversation.item.deleted":
      return { ...call, items: call.items.filter((one) => one.id !== textIn(content, "item_id")) };
    case "agent_response":
      return withText(call, frame, `agent ${frame.seq}`, "assistant", textIn(content, "agent_response_event", "agent_response"));
    case "user_transcript":
      return withText(call, frame, `user ${frame.seq}`, "user", textIn(content, "user_transcription_event", "user_transcript"));
  }
  if (/^conversation\.item\.(added|created|done|retrieved)$/.test(kind)) return withItems(call, frame, [inside(content, "item") ?? null]);
  if (kind === "conversation.item.input_audio_transcription.completed") return withText(call, frame, textIn(content, "item_id"), "user", textIn(content, "transcript"));
  if (/^response\.(output_)?(audio_transcript|text)\.delta$/.test(kind)) {
    const id = textIn(content, "item_id");
    const known = call.items.find((one) => one.id === id)?.text ?? "";
    return withText(call, frame, id, "assistant", known + (textIn(content, "delta") ?? ""));
  }
  return call;
}

function withText(call: CallState, frame: Frame, id: string | undefined, role: string, text: string | undefined): CallState {
  if (id === undefined || text === undefined) return call;
  const known = call.items.find((one) => one.id === id) ?? { id, type: "message", role, status: "completed", seq: frame.seq, text: "" };
  return putItem(call, { ...known, text });
}

function withItems(call: CallState, frame: Frame, told: readonly Json[]): CallState {
  return told.reduce<CallState>((after, one) => {
    const id = textIn(one, "id");
    if (id === undefined) return after;
    const known = after.items.find((item) => item.id === id);
    const words = listIn(one, "content").flatMap((part) => textIn(part, "transcript") ?? textIn(part, "text") ?? []).join(" ");
    const type = textIn(one, "type") ?? "";
    const own = type === "function_call" ? `${textIn(one, "name") ?? ""}(${textIn(one, "arguments") ?? ""})` : textIn(one, "output");
    const text = own ?? (words || (known?.text ?? ""));
    return putItem(after, { id, type, role: textIn(one, "role") ?? "", text, status: textIn(one, "status") ?? "", seq: known?.seq ?? frame.seq });
  }, call);
}

function putItem(call: CallState, item: Item): CallState {
  const place = call.items.findIndex((one) => one.id === item.id);
  return { ...call, items: place < 0 ? [...call.items, item] : call.items.map((one, at) => (at === place ? item : one)) };
}

