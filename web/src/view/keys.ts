/** The keys of the page: which order each gives. A key pressed while somebody writes is a letter, except Escape. */

import { useEffect, useRef } from "preact/hooks";

export type Order =
  | "next" | "previous" | "first" | "last" | "remarked" | "next-call" | "previous-call" | "search" | "open" | "close" | "help"
  | "larger" | "smaller" | "whole" | "calm" | "pieces" | "cause";

export const ORDERS: Readonly<Record<string, Order>> = {
  j: "next", ArrowDown: "next", ArrowRight: "next", k: "previous", ArrowUp: "previous", ArrowLeft: "previous", Home: "first", End: "last",
  n: "remarked", "]": "next-call", "[": "previous-call", "/": "search", Enter: "open", Escape: "close", "?": "help",
  "+": "larger", "=": "larger", "-": "smaller", "0": "whole", i: "calm", p: "pieces", c: "cause",
};

/** For the page of help: keys, and what they do. */
export const KEYS: readonly (readonly [string[], string])[] = [
  [["j", "↓", "→"], "next frame"],
  [["k", "↑", "←"], "previous frame"],
  [["Home", "End"], "first and last frame"],
  [["Enter"], "open the frame"],
  [["c"], "to what caused it"],
  [["n"], "to the next frame a rule speaks of"],
  [["[", "]"], "previous and next scenario"],
  [["/"], "search"],
  [["+", "−", "0"], "zoom in, out, whole call"],
  [["i"], "silence shorter, or as long as it was"],
  [["p"], "with pieces of sound and text, or without"],
  [["Esc"], "close, or leave the search"],
  [["?"], "these keys"],
];

export function useKeys<T extends string>(orders: Readonly<Record<string, T>>, obey: (order: T, event: KeyboardEvent) => void): void {
  const now = useRef(obey);
  now.current = obey;
  useEffect(() => {
    const pressed = (event: KeyboardEvent): void => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const order = Object.hasOwn(orders, event.key) ? orders[event.key] : undefined;
      const target = event.target as HTMLElement;
      const writing = target.matches("input, textarea, select");
      // Enter and arrows on a control are the control's own
      const own = target.closest("button, summary, a, [role=tab]") !== null && event.key === "Enter";
      const scrolls = target.closest(".inspected, .verdict") !== null && event.key.startsWith("Arrow");
      if (order === undefined || own || scrolls || (writing && order !== "close" && event.key !== "Enter" && event.key !== "ArrowDown")) return;
      now.current(order, event);
    };
    addEventListener("keydown", pressed);
    return () => removeEventListener("keydown", pressed);
  }, []);
}
