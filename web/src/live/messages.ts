/** What passes between this page and the server of `jambonz-sim dev`: JSON, `do` for what the page orders and `is` for what it is told. */

import type { Content, Frame, Json } from "../call/journal";

export type Phone = "a" | "b";
export const PHONES: readonly Phone[] = ["a", "b"];

export type Speed = 1 | 5 | "step";

export interface Dialled {
  from: string;
  to: string;
  direction: "inbound" | "outbound";
  env_vars: { [name: string]: string };
  headers: { [name: string]: string };
}

export type Command =
  | ({ do: "call"; phone: Phone } & Dialled)
  | { do: "say" | "interrupt"; phone: Phone; text: string }
  | { do: "press"; phone: Phone; digits: string }
  | { do: "hang_up" | "cough"; phone: Phone }
  | { do: "mute" | "bad_line"; phone: Phone; on: boolean }
  | { do: "step"; phone: Phone; step: Content }
  | { do: "mic"; phone: Phone; hz: number | null }
  | { do: "play"; scenario: string; speed: Speed }
  | { do: "next" | "stop" | "reload" }
  | { do: "save"; call: string; file: string };

export interface Scenario {
  id: string;
  name: string;
  file: string;
}

export interface Owed {
  who: string;
  what: string;
  since_s: number;
}

/** What a rule has to say of a call; `seqs` are the frames it is about. */
export interface LiveFinding {
  code: string;
  title: string;
  severity: "error" | "warning";
  problem: string;
  remedy: string;
  seqs: readonly number[];
}

export type CallStage = "ringing" | "up" | "over";
export type AppStage = "ready" | "starting" | "reloading" | "failed";
export type Ending = "passed" | "failed" | "error" | "ended";

export type Message =
  | { is: "hello"; app: { ref: string; state: AppStage }; model: { kind: string; name: string }; scenarios: Scenario[]; phones: Phone[] }
  | { is: "app"; state: AppStage; problem: string; remedy: string }
  | { is: "call"; call: string; phone: Phone; state: CallStage; from: string; to: string; title: string }
  | { is: "frames"; call: string; frames: Frame[] }
  | { is: "now"; call: string; at_s: number }
  | { is: "owed"; call: string; owed: Owed[] }
  | { is: "finding"; call: string; finding: LiveFinding }
  | { is: "speaks"; phone: Phone; text: string; item_id: string; lasts_s: number }
  | { is: "silenced"; phone: Phone; heard: string }
  | { is: "step"; call: string; where: string; step: string }
  | { is: "result"; call: string; outcome: Ending; text: string[] }
  | { is: "cost"; call: string; tokens: Content; usd: number | null }
  | { is: "saved"; file: string; yaml: string; passes: boolean }
  | { is: "refused"; id: number | null; problem: string; remedy: string }
  | { is: "done"; id: number | null };

/** The message in that text; undefined when it is none that this page knows. Members that are missing or of the wrong kind are empty. */
export function parse(text: string): Message | undefined {
  let value: Json;
  try {
    value = JSON.parse(text) as Json;
  } catch {
    return undefined;
  }
  return isContent(value) ? read(value) : undefined;
}

function read(it: Content): Message | undefined {
  const call = text(it["call"]);
  const phone = one(it["phone"], PHONES, "a");
  switch (it["is"]) {
    case "hello": {
      const [app, model] = [content(it["app"]), content(it["model"])];
      const phones = list(it["phones"]).filter((each): each is Phone => PHONES.includes(each as Phone));
      return {
        is: "hello", app: { ref: text(app["ref"]), state: one(app["state"], APPS, "ready") }, model: { kind: text(model["kind"]), name: text(model["name"]) },
        scenarios: list(it["scenarios"]).filter(isContent).map((each) => ({ id: text(each["id"]), name: text(each["name"]), file: text(each["file"]) })),
        phones: phones.length > 0 ? phones : ["a"],
      };
    }
    case "app":
      return { is: "app", state: one(it["state"], APPS, "failed"), problem: text(it["problem"]), remedy: text(it["remedy"]) };
    case "call":
      return { is: "call", call, phone, state: one(it["state"], CALLS, "up"), from: text(it["from"]), to: text(it["to"]), title: text(it["title"]) };
    case "frames":
      return { is: "frames", call, frames: list(it["frames"]).filter(isContent).flatMap(frame) };
    case "now":
      return { is: "now", call, at_s: number(it["at_s"]) };
    case "owed":
      return { is: "owed", call, owed: list(it["owed"]).filter(isContent).map((each) => ({ who: text(each["who"]), what: text(each["what"]), since_s: number(each["since_s"]) })) };
    case "finding": {
      const found = content(it["finding"]);
      return {
        is: "finding", call,
        finding: {
          code: text(found["code"]), title: text(found["title"]), severity: one(found["severity"], ["error", "warning"], "error"),
          problem: text(found["problem"]), remedy: text(found["remedy"]), seqs: list(found["seqs"]).filter((each): each is number => typeof each === "number"),
        },
      };
    }
    case "speaks":
      return { is: "speaks", phone, text: text(it["text"]), item_id: text(it["item_id"]), lasts_s: number(it["lasts_s"]) };
    case "silenced":
      return { is: "silenced", phone, heard: text(it["heard"]) };
    case "step":
      return { is: "step", call, where: text(it["where"]), step: text(it["step"]) };
    case "result":
      return { is: "result", call, outcome: one(it["outcome"], ENDINGS, "ended"), text: list(it["text"]).map(text) };
    case "cost":
      return { is: "cost", call, tokens: content(it["tokens"]), usd: typeof it["usd"] === "number" ? it["usd"] : null };
    case "saved":
      return { is: "saved", file: text(it["file"]), yaml: text(it["yaml"]), passes: it["passes"] === true };
    case "refused":
      return { is: "refused", id: typeof it["id"] === "number" ? it["id"] : null, problem: text(it["problem"]), remedy: text(it["remedy"]) };
    case "done":
      return { is: "done", id: typeof it["id"] === "number" ? it["id"] : null };
    default:
      return undefined;
  }
}

const APPS: readonly AppStage[] = ["ready", "starting", "reloading", "failed"];
const CALLS: readonly CallStage[] = ["ringing", "up", "over"];
const ENDINGS: readonly Ending[] = ["passed", "failed", "error", "ended"];

const isContent = (value: Json | undefined): value is Content => value !== null && typeof value === "object" && !Array.isArray(value);
const content = (value: Json | undefined): Content => (isContent(value) ? value : {});
const list = (value: Json | undefined): Json[] => (Array.isArray(value) ? value : []);
const text = (value: Json | undefined): string => (typeof value === "string" ? value : "");
const number = (value: Json | undefined): number => (typeof value === "number" && Number.isFinite(value) ? value : 0);
const one = <T extends string>(value: Json | undefined, known: readonly T[], otherwise: T): T => (known.includes(value as T) ? (value as T) : otherwise);

/** A line of a journal; nothing when it is no frame. */
function frame(it: Content): Frame[] {
  const { seq, at_s, link, from, kind, leg } = it;
  if (typeof seq !== "number" || !Number.isInteger(seq) || seq < 0 || typeof at_s !== "number" || !Number.isFinite(at_s)) return [];
  if (typeof link !== "string" || typeof from !== "string" || typeof kind !== "string") return [];
  const wall_ms = it["wall_ms"];
  return [{ seq, at_s, link, from, kind, frame: content(it["frame"]), ...(typeof leg === "number" ? { leg } : {}), ...(typeof wall_ms === "number" ? { wall_ms } : {}) }];
}
