/** Scenarios of the project, to be played on phone A: as fast as life, five times as fast, or step by step. */

import { useState } from "preact/hooks";
import { short, visible } from "../../call/words";
import { Said } from "../../view/text";
import type { Speed } from "../messages";
import type { Session } from "../session";

const SPEEDS: readonly (readonly [Speed, string, string])[] = [
  [1, "1×", "as fast as it would happen"],
  [5, "5×", "five times as fast"],
  ["step", "Step", "one step at a time: Next plays the next one"],
];
const MOST = 200;

export function Scenarios({ session }: { session: Session }) {
  const [query, setQuery] = useState("");
  const [speed, setSpeed] = useState<Speed>(1);
  const { state } = session;
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  const fitting = state.scenarios.filter((one) => wanted.every((word) => `${one.name} ${one.file}`.toLowerCase().includes(word)));
  const online = state.line.state === "open";
  const playing = state.playing;
  return (
    <section class="scenarios" aria-label="scenarios">
      <div class="scenario-tools">
        <input type="search" placeholder="Search scenarios" aria-label="search scenarios" value={query} onInput={(event) => setQuery(event.currentTarget.value)} />
        <div class="segments" role="group" aria-label="speed">
          {SPEEDS.map(([one, name, does]) => (
            <button key={name} type="button" aria-pressed={speed === one} title={does} onClick={() => setSpeed(one)}>{name}</button>
          ))}
        </div>
      </div>
      {playing !== null && (
        <div class="playing" role="status">
          <span>
            Playing <b><Said text={state.scenarios.find((one) => one.id === playing.scenario)?.name ?? playing.scenario} /></b>
            {playing.next !== null && <code class="next-step" title={visible(playing.next.where)}><Said text={short(playing.next.step, 300)} /></code>}
          </span>
          {playing.speed === "step" && <button type="button" class="primary" disabled={!online} onClick={() => session.order({ do: "next" })}>Next</button>}
          <button type="button" class="toggle" disabled={!online} onClick={() => session.order({ do: "stop" })}>Stop</button>
        </div>
      )}
      {state.scenarios.length === 0 && <p class="muted">There are no scenarios here. Make a call and keep it: that is one.</p>}
      {state.scenarios.length > 0 && fitting.length === 0 && <p class="muted">No scenario fits.</p>}
      <ul class="scenario-list">
        {fitting.slice(0, MOST).map((one) => (
          <li key={one.id}>
            <span class="scenario-text">
              <span class="scenario-name"><Said text={one.name} /></span>
              <span class="scenario-path"><Said text={one.file} /></span>
            </span>
            <button type="button" class="toggle" disabled={!online || playing !== null} aria-label={`play ${one.name}`} onClick={() => session.order({ do: "play", scenario: one.id, speed })}>Play</button>
          </li>
        ))}
      </ul>
      {fitting.length > MOST && <p class="muted">and {fitting.length - MOST} more: search for them</p>}
    </section>
  );
}
