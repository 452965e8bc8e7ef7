/** The keys of the live page: those of a call's view, and those of the phone. */

import { KEYS, type Order, ORDERS } from "../../view/keys";

export type LiveOrder = Order | "say" | "hang-up" | "mute" | "microphone" | "follow" | "pause";

export const LIVE_ORDERS: Readonly<Record<string, LiveOrder>> = { ...ORDERS, s: "say", H: "hang-up", m: "mute", v: "microphone", f: "follow", ".": "pause" };

export const LIVE_KEYS: readonly (readonly [string[], string])[] = [
  [["s"], "write what you want to say"],
  [["Enter"], "say it: talking over the assistant, or when it is your turn"],
  [["⇧ Enter"], "the other way, this once"],
  [["v"], "microphone on, or off"],
  [["m"], "mute"],
  [["⇧ H"], "hang up"],
  [["f"], "follow the call, or stay where you look"],
  [["."], "pause what is shown; the call goes on"],
  [["[", "]"], "previous and next call"],
  ...KEYS.filter(([, what]) => !what.includes("scenario")),
];
