/** Above all: which application and which model, whether they are there, and what is wrong. */

import { Said } from "../../view/text";
import type { Session } from "../session";
import { Told } from "./phone";

export function Top({ session, second, showSecond, help }: { session: Session; second: boolean; showSecond: () => void; help: () => void }) {
  const { state } = session;
  const { app, model, line } = state;
  const general = state.notices.filter((one) => one.phone === null);
  return (
    <>
      <header class="top">
        <h1>jambonz-sim</h1>
        <span class={`lamp app-${line.state === "open" ? app.state : "gone"}`} role="status" aria-label="application">
          <code><Said text={app.ref || "application"} /></code> <span>{line.state === "open" ? app.state : "out of reach"}</span>
        </span>
        {model.kind !== "" && <span class="muted model-name">model <b><Said text={model.name || model.kind} /></b></span>}
        <span class="top-tools">
          {state.phones.includes("b") && !second && <button type="button" class="toggle" onClick={showSecond}>Second phone</button>}
          <button type="button" class="toggle" aria-pressed={session.voice.on} title="the browser's voice says what the assistant says, where its speech is simulated" onClick={() => session.speakAloud(!session.voice.on)}>Voice</button>
          <button type="button" class="toggle" disabled={line.state !== "open" || app.state === "reloading"} title="the next call uses the source as it is now" onClick={() => session.order({ do: "reload" })}>Reload app</button>
          <button type="button" class="quiet" aria-label="keys" title="keys  ?" onClick={help}>?</button>
        </span>
      </header>
      <div class="banners">
        {line.state === "connecting" && <p class="banner" role="status">Connecting …</p>}
        {line.state === "gone" && (
          <p class="banner bad" role="alert">
            <b>The server is gone.</b> Trying again{line.again_s >= 1 ? ` every ${line.again_s.toFixed(0)} s` : ""}; what was seen so far stays here.
            {line.tries > 3 && <> If you start <code>jambonz-sim dev</code> again, open the address it prints: every start has one of its own.</>}
          </p>
        )}
        {line.state === "open" && app.state === "failed" && (
          <div class="banner bad" role="alert"><b>The application does not run.</b> <Said text={app.problem} /> {app.remedy !== "" && <Said text={app.remedy} />}</div>
        )}
        {general.map((one) => <Told key={one.number} notice={one} dismiss={() => session.dismiss(one.number)} />)}
      </div>
    </>
  );
}
