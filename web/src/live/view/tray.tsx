/** Below the phone: trouble to make, and the keypad. One click each. */

import { useState } from "preact/hooks";
import type { Content } from "../../call/journal";
import type { Command, Phone } from "../messages";
import table from "../trouble.json";

interface Trouble {
  name: string;
  does: string;
  step?: Content;
  do?: string;
}
const TROUBLES = table as { where: string; troubles: Trouble[] }[];

const KEYPAD: readonly (readonly [string, string])[] = [
  ["1", ""], ["2", "ABC"], ["3", "DEF"], ["4", "GHI"], ["5", "JKL"], ["6", "MNO"], ["7", "PQRS"], ["8", "TUV"], ["9", "WXYZ"], ["*", ""], ["0", "+"], ["#", ""],
];

interface Props {
  phone: Phone;
  able: boolean;
  bad: boolean;
  /** Orders that are not done yet: a failure waits for the next response. */
  ordered: ReadonlyMap<number, Command>;
  order: (command: Command) => void;
}

type Tab = "trouble" | "keypad";

export function Tray({ phone, able, bad, ordered, order }: Props) {
  const [tab, setTab] = useState<Tab>("trouble");
  const [pressed, setPressed] = useState("");
  const press = (digits: string): void => {
    setPressed((now) => `${now}${digits}`.slice(-18));
    order({ do: "press", phone, digits });
  };
  const waiting = new Set([...ordered.values()].flatMap((one) => (one.do === "step" && one.phone === phone ? [JSON.stringify(one.step)] : [])));
  const waits = (trouble: Trouble): boolean => trouble.step !== undefined && waiting.has(JSON.stringify(trouble.step));
  const make = (trouble: Trouble): void => {
    if (trouble.do === "cough") order({ do: "cough", phone });
    else if (trouble.do === "bad_line") order({ do: "bad_line", phone, on: !bad });
    else if (trouble.step !== undefined) order({ do: "step", phone, step: trouble.step });
  };
  return (
    <div class="tray">
      <div role="tablist" aria-label={`tools of phone ${phone.toUpperCase()}`} class="tray-tabs">
        {(["trouble", "keypad"] as const).map((one) => (
          <button key={one} type="button" role="tab" id={`tray-${one}-${phone}`} aria-controls={`tray-${phone}`} aria-selected={tab === one} onClick={() => setTab(one)}>
            {one === "trouble" ? "Trouble" : "Keypad"}
          </button>
        ))}
      </div>
      <div id={`tray-${phone}`} role="tabpanel" aria-labelledby={`tray-${tab}-${phone}`} class={`tray-panel of-${tab}`}>
        {tab === "trouble" ? (
          TROUBLES.map((group) => (
            <div key={group.where} class="troubles" role="group" aria-label={group.where}>
              <span class="trouble-where">{group.where}</span>
              <span class="trouble-all">
                {group.troubles.map((one) => (
                  <button key={one.name} type="button" class={`trouble-button${waits(one) ? " waits" : ""}`} disabled={!able} title={one.does} aria-label={`${group.where}: ${one.name}. ${one.does}${waits(one) ? ". It waits for its moment" : ""}`}
                    {...(one.do === "bad_line" ? { "aria-pressed": bad } : {})} onClick={() => make(one)}>
                    {one.name}
                  </button>
                ))}
              </span>
            </div>
          ))
        ) : (
          <>
            <output class="pressed" aria-label="keys pressed">{pressed === "" ? " " : pressed}</output>
            <div class="keypad">
              {KEYPAD.map(([key, letters]) => (
                <button key={key} type="button" disabled={!able} data-letters={letters} aria-label={`press ${NAMES[key] ?? key}`} onClick={() => press(key)}>
                  <b>{key}</b>
                </button>
              ))}
            </div>
          </>
        )}
      </div>
    </div>
  );
}

const NAMES: Record<string, string> = { "*": "star", "#": "hash" };
