/** Beside the lanes: how things stand, what the rules found, the frame that is looked at, scenarios to play, and the call to keep. */

import type { Frame } from "../../call/journal";
import type { Story } from "../../call/story";
import { duration, seconds, short } from "../../call/words";
import { Remark, Shown } from "../../view/inspector";
import { StatePanel } from "../../view/state";
import { Said } from "../../view/text";
import { asFinding, type Session } from "../session";
import type { LiveCall } from "../store";
import { Keep } from "./keep";
import { Scenarios } from "./scenarios";

export type Tab = "state" | "findings" | "frame" | "scenarios" | "keep";

interface Props {
  session: Session;
  call: LiveCall;
  story: Story;
  frame: Frame | undefined;
  follows: boolean;
  now_s: number;
  tab: Tab;
  setTab: (tab: Tab) => void;
  open: (seq: number) => void;
}

export function Side({ session, call, story, frame, follows, now_s, tab, setTab, open }: Props) {
  const errors = call.findings.filter((one) => one.severity === "error").length;
  const tabs: [Tab, string][] = [["state", "State"], ["findings", "Findings"], ["frame", "Frame"], ["scenarios", "Scenarios"], ["keep", "Keep"]];
  const last = story.frames[story.frames.length - 1];
  const at = follows || frame === undefined ? last : frame;
  return (
    <aside class="inspector" aria-label="about the call">
      <div class="tabs">
        <div role="tablist" aria-label="about the call">
          {tabs.map(([one, name]) => (
            <button key={one} type="button" role="tab" id={`side-${one}`} aria-controls="side" aria-selected={tab === one} onClick={() => setTab(one)}>
              {name}
              {one === "findings" && call.findings.length > 0 && <span class={`bubble-count ${errors > 0 ? "error" : "warning"}`}>{call.findings.length}</span>}
            </button>
          ))}
        </div>
      </div>
      <div class="inspected" id="side" role="tabpanel" aria-labelledby={`side-${tab}`} tabIndex={0}>
        {tab === "state" && (at === undefined ? <p class="muted">Nothing has happened yet.</p> : (
          <>
            <p class="muted when">{at === last ? (call.stage === "over" ? "At the end of the call" : "Now") : `After frame #${at.seq}, at ${seconds(at.at_s)} s`}</p>
            {at === last && call.stage !== "over" && <Owed call={call} now_s={now_s} />}
            <StatePanel state={story.after(at.seq)} frame={at} select={open} now_s={at === last ? Math.max(now_s, at.at_s) : at.at_s} />
          </>
        ))}
        {tab === "findings" && <Findings call={call} story={story} open={open} />}
        {tab === "frame" && (frame === undefined ? <p class="muted">Click a mark in the lanes, or a frame in the list; or walk through them with <kbd>j</kbd> and <kbd>k</kbd>.</p> : <Shown story={story} frame={frame} select={open} />)}
        {tab === "scenarios" && <Scenarios session={session} />}
        {tab === "keep" && <Keep key={call.key} session={session} call={call} />}
      </div>
    </aside>
  );
}

/** Whom the call waits for, as the server says it. */
function Owed({ call, now_s }: { call: LiveCall; now_s: number }) {
  if (call.owed.length === 0) return null;
  return (
    <div class="waits" role="group" aria-label="the call waits for">
      <b>The call waits for</b>
      <ul>
        {call.owed.map((one) => (
          <li key={`${one.who} ${one.what}`}>
            <b><Said text={one.who} /></b> <Said text={short(one.what, 200)} /> <span class="muted">for {duration(Math.max(0, now_s - one.since_s))}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}

function Findings({ call, story, open }: { call: LiveCall; story: Story; open: (seq: number) => void }) {
  return (
    <>
      {call.result !== null && call.result.text.length > 0 && <pre class={`result ${call.result.outcome}`}><Said text={call.result.text.join("\n")} /></pre>}
      {call.findings.length === 0 ? (
        <p class="muted">{call.stage === "over" ? "No rule has anything to say of this call." : "No rule has anything to say so far."}</p>
      ) : (
        <div class="findings">
          {call.findings.map((one, place) => {
            const finding = asFinding(one);
            return <Remark key={place} finding={finding} open={finding.seq !== undefined && story.frame(finding.seq) !== undefined ? open : undefined} />;
          })}
        </div>
      )}
    </>
  );
}
