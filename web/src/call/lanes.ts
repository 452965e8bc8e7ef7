/** Between whom a frame passed: the lanes of the picture of a call, from top to bottom. */

import { type Frame, legOf, textIn } from "./journal";

export type Role = "caller" | "model" | "jambonz" | "app" | "world";

/** A lane; `leg` numbers the calls of people: 0 is the caller, every other one a phone that was called, or that called too. */
export interface Lane {
  id: string;
  role: Role;
  leg: number;
  name: string;
}

/** `from` and `to` are ids of lanes; the same twice for what somebody notes of himself. */
export interface Way {
  from: string;
  to: string;
}

export const laneOfLeg = (leg: number): string => (leg === 0 ? "caller" : `phone-${leg}`);

const ON_THE_LINE = new Set(["heard", "said", "playing"]);

/** Which way a frame went. What jambonz or the application note of themselves stays on their lane. */
export function wayOf(frame: Frame): Way {
  const person = laneOfLeg(legOf(frame));
  switch (`${frame.link} ${frame.from}`) {
    case "app app":
      return frame.kind === "exception" || frame.kind === "task_left" ? { from: "app", to: "app" } : { from: "app", to: "jambonz" };
    case "app jambonz":
      return isMessage(frame) ? { from: "jambonz", to: "app" } : { from: "jambonz", to: "jambonz" };
    case "app rest":
      return { from: "world", to: "jambonz" };
    case "model model":
      return { from: "model", to: "jambonz" };
    case "model jambonz":
      return { from: "jambonz", to: "model" };
    case "model scenario":
      return { from: "model", to: "model" };
    case "media phone":
      if (frame.kind === "called") return { from: "jambonz", to: person };
      return { from: person, to: "jambonz" };
    case "media caller":
      return { from: person, to: "jambonz" };
    case "media jambonz":
      return frame.kind.startsWith("sip_") || ON_THE_LINE.has(frame.kind) ? { from: "jambonz", to: person } : { from: "jambonz", to: "jambonz" };
    case "world app":
      return { from: "app", to: "world" };
    case "world world":
      return { from: "world", to: "app" };
    case "world scenario":
      return { from: "world", to: "jambonz" };
    case "world jambonz":
      return { from: "jambonz", to: "world" };
    default:
      return frame.from === "app" ? { from: "app", to: "app" } : { from: "jambonz", to: "jambonz" };
  }
}

const OF_THE_CONNECTION = new Set(["connect", "open", "close", "closed", "refused"]);

/** What jambonz really says to an application has a type, or is of the connection; everything else on that link is its own note. */
function isMessage(frame: Frame): boolean {
  return textIn(frame.frame, "type") === frame.kind || OF_THE_CONNECTION.has(frame.kind);
}

/** The lanes a call has so far. */
export class Lanes {
  readonly all: Lane[] = [
    { id: "caller", role: "caller", leg: 0, name: "Caller" },
    { id: "jambonz", role: "jambonz", leg: 0, name: "jambonz" },
    { id: "app", role: "app", leg: 0, name: "Application" },
  ];

  /** Take note of a frame: there may be a lane more than before, or a name for one. */
  push(frame: Frame): void {
    if (frame.link === "model") this.add({ id: "model", role: "model", leg: 0, name: "Model" });
    if (frame.link === "world" || frame.from === "rest") this.add({ id: "world", role: "world", leg: 0, name: "Backends" });
    const leg = legOf(frame);
    if (leg > 0) this.add({ id: laneOfLeg(leg), role: "caller", leg, name: `Phone ${leg}` });
    const who = frame.link === "media" && (frame.kind === "called" || frame.kind === "dials") ? textIn(frame.frame, "who") : undefined;
    if (who !== undefined) {
      const place = this.all.findIndex((lane) => lane.id === laneOfLeg(leg));
      this.all[place] = { ...(this.all[place] as Lane), name: who };
    }
  }

  private add(lane: Lane): void {
    if (this.all.some((known) => known.id === lane.id)) return;
    this.all.push(lane);
    const order: Role[] = ["caller", "model", "jambonz", "app", "world"];
    this.all.sort((one, other) => order.indexOf(one.role) - order.indexOf(other.role) || one.leg - other.leg);
  }
}
