/** All scenarios of a run: what did not pass comes first. */

import type { RefObject } from "preact";
import type { Call, Run } from "../call/journal";
import { hasWarning, type Which } from "../call/sifting";
import { duration } from "../call/words";
import { Said } from "./text";

interface Props {
  run: Run;
  calls: readonly Call[];
  chosen: number | null;
  choose: (call: number) => void;
  which: Which;
  setWhich: (which: Which) => void;
  query: string;
  setQuery: (query: string) => void;
  search: RefObject<HTMLInputElement | null>;
  help: () => void;
}

export const MARKS = { passed: "✓", failed: "✗", error: "!" };

export function List({ run, calls, chosen, choose, which, setWhich, query, setQuery, search, help }: Props) {
  const bad = run.calls.filter((call) => call.outcome !== "passed").length;
  const warned = run.calls.filter(hasWarning).length;
  const choices: [Which, string, number][] = [["all", "All", run.calls.length], ["bad", "Not passed", bad], ["warned", "Warnings", warned]];
  return (
    <nav class="list" aria-label="scenarios">
      <header>
        <h1>jambonz-sim</h1>
        <button type="button" class="quiet" aria-label="keys" title="keys  ?" onClick={help}>?</button>
        <p class="headline"><Said text={run.headline} /></p>
        <input ref={search} type="search" placeholder="Search scenarios" aria-label="search scenarios" value={query} onInput={(event) => setQuery(event.currentTarget.value)} />
        <div class="choices" role="group" aria-label="which scenarios">
          {choices.map(([one, name, count]) => (
            <button key={one} type="button" aria-pressed={which === one} disabled={count === 0 && one !== "all"} onClick={() => setWhich(one)}>
              {name} <span class="count">{count}</span>
            </button>
          ))}
        </div>
      </header>
      <div class="list-all">
        {run.troubles.map((trouble, place) => (
          <pre key={place} class="run-trouble" tabIndex={0}><Said text={[...(trouble.where === null ? [] : [`${trouble.where}:`]), ...trouble.lines].join("\n")} /></pre>
        ))}
        <ol>
          {calls.map((call) => (
            <li key={call.number}>
              <button type="button" id={`scenario-${call.number}`} class={`scenario ${call.outcome}`} {...(call.number === chosen ? { "aria-current": "page" as const } : {})} onClick={() => choose(call.number)}>
                <span class="mark" role="img" aria-label={call.outcome}>{MARKS[call.outcome]}</span>
                <span class="scenario-name"><Said text={call.name} /></span>
                <span class="scenario-file"><Said text={call.file} /></span>
                <span class="scenario-time">{duration(call.virtual_s)}</span>
                {hasWarning(call) && <span class="warned" role="img" aria-label="with warnings" title="with warnings">▲</span>}
              </button>
            </li>
          ))}
          {which === "all" && query === "" && run.not_played.map((one, place) => (
            <li key={`not-${place}`} class="scenario not-played">
              <span class="mark" aria-hidden="true">·</span>
              <span class="scenario-name"><Said text={one.name} /></span>
              <span class="scenario-file"><Said text={`${one.file} — not played`} /></span>
            </li>
          ))}
        </ol>
        {calls.length === 0 && <p class="empty">{run.calls.length === 0 ? "No scenario was played." : "No scenario fits."}</p>}
      </div>
    </nav>
  );
}
