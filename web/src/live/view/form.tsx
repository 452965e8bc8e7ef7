/** Who calls whom. What is seldom needed is folded away. */

import { useState } from "preact/hooks";
import type { Dialled, Phone } from "../messages";

/** What was written into the form; it outlives a call. */
export interface Draft {
  from: string;
  to: string;
  direction: "inbound" | "outbound";
  env_vars: string;
  headers: string;
}

export const drafted = (phone: Phone): Draft => ({ from: phone === "a" ? "+15083084809" : "+15083084810", to: "+15083728363", direction: "inbound", env_vars: "", headers: "" });

/** `NAME=value` on each line (of headers `NAME: value`); lines that are neither are told by their number. */
export function pairs(text: string, between: "=" | ":"): { found: { [name: string]: string }; wrong: number[] } {
  const found: { [name: string]: string } = {};
  const wrong: number[] = [];
  for (const [place, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    const at = line.indexOf(between);
    const name = line.slice(0, Math.max(0, at)).trim();
    if (!/^[\w.-]+$/.test(name) || name === "__proto__") wrong.push(place + 1);
    else found[name] = line.slice(at + 1).trim();
  }
  return { found, wrong };
}

interface Props {
  phone: Phone;
  draft: Draft;
  change: (draft: Draft) => void;
  call: (dialled: Dialled) => void;
  able: boolean;
}

export function CallForm({ phone, draft, change, call, able }: Props) {
  const [problem, setProblem] = useState("");
  const id = (name: string): string => `${name}-${phone}`;
  const set = (more: Partial<Draft>): void => change({ ...draft, ...more });
  const submit = (event: Event): void => {
    event.preventDefault();
    const [env_vars, headers] = [pairs(draft.env_vars, "="), pairs(draft.headers, ":")];
    const wrong = [...env_vars.wrong.map((line) => `variables, line ${line}: write NAME=value`), ...headers.wrong.map((line) => `headers, line ${line}: write Name: value`)];
    setProblem(wrong.join("; "));
    if (wrong.length === 0) call({ from: draft.from.trim(), to: draft.to.trim(), direction: draft.direction, env_vars: env_vars.found, headers: headers.found });
  };
  return (
    <form class="call-form" onSubmit={submit} aria-label={`place a call on phone ${phone.toUpperCase()}`}>
      <label for={id("from")}>From</label>
      <input id={id("from")} required autocomplete="off" spellcheck={false} value={draft.from} onInput={(event) => set({ from: event.currentTarget.value })} />
      <label for={id("to")}>To</label>
      <input id={id("to")} required autocomplete="off" spellcheck={false} value={draft.to} onInput={(event) => set({ to: event.currentTarget.value })} />
      <details class="more">
        <summary>Direction, variables, headers</summary>
        <div class="segments" role="group" aria-label="direction">
          {(["inbound", "outbound"] as const).map((one) => (
            <button key={one} type="button" aria-pressed={draft.direction === one} title={one === "inbound" ? "the phone calls the application" : "the application's call reaches the phone"} onClick={() => set({ direction: one })}>
              {one}
            </button>
          ))}
        </div>
        <label for={id("env")}>Application variables</label>
        <textarea id={id("env")} rows={2} spellcheck={false} placeholder="NAME=value" value={draft.env_vars} onInput={(event) => set({ env_vars: event.currentTarget.value })} />
        <label for={id("headers")}>Headers of the INVITE</label>
        <textarea id={id("headers")} rows={2} spellcheck={false} placeholder="X-Customer: 42" value={draft.headers} onInput={(event) => set({ headers: event.currentTarget.value })} />
      </details>
      {problem !== "" && <p class="form-problem" role="alert">{problem}</p>}
      <button type="submit" class="primary" disabled={!able}>Call</button>
    </form>
  );
}
