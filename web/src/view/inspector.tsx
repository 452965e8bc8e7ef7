/** One frame: what it holds, what a rule says of it, what it came of and led to, and how things stood after it. */

import { useState } from "preact/hooks";
import type { Finding, Frame } from "../call/journal";
import { legOf } from "../call/journal";
import { wayOf } from "../call/lanes";
import type { Story } from "../call/story";
import { gist, seconds, short } from "../call/words";
import { JsonTree } from "./json";
import { StatePanel } from "./state";
import { Said } from "./text";

interface Props {
  story: Story;
  frame: Frame | undefined;
  select: (seq: number) => void;
  close: () => void;
}

type Tab = "frame" | "state";

export function Inspector({ story, frame, select, close }: Props) {
  const [tab, setTab] = useState<Tab>("frame");
  if (frame === undefined) {
    return (
      <aside class="inspector" aria-label="frame">
        <p class="empty">Click a frame, or walk through them with <kbd>j</kbd> and <kbd>k</kbd>.</p>
      </aside>
    );
  }
  return (
    <aside class="inspector" aria-label={`frame ${frame.seq}`} tabIndex={-1}>
      <div class="tabs">
        <div role="tablist" aria-label="what is shown of the frame">
          {(["frame", "state"] as const).map((one) => (
            <button key={one} type="button" role="tab" id={`tab-${one}`} aria-controls="inspected" aria-selected={tab === one} onClick={() => setTab(one)}>
              {one === "frame" ? "Frame" : "State after it"}
            </button>
          ))}
        </div>
        <button type="button" class="close" aria-label="close the frame" onClick={close}>✕</button>
      </div>
      <div class="inspected" id="inspected" role="tabpanel" aria-labelledby={`tab-${tab}`} tabIndex={0} key={`${tab}${frame.seq}`}>
        {tab === "frame" ? <Shown story={story} frame={frame} select={select} /> : <StatePanel state={story.after(frame.seq)} frame={frame} select={select} />}
      </div>
    </aside>
  );
}

/** The frame itself, with its neighbours. */
export function Shown({ story, frame, select }: { story: Story; frame: Frame; select: (seq: number) => void }) {
  const way = wayOf(frame);
  const name = (id: string): string => story.lanes.all.find((lane) => lane.id === id)?.name ?? id;
  const cause = story.causes.causeOf(frame.seq);
  const led = story.causes.effectsOf(frame.seq);
  return (
    <>
      <h3 class="kind"><Said text={frame.kind} /></h3>
      <dl class="facts">
        <dt>Frame</dt>
        <dd>#{frame.seq}{legOf(frame) > 0 ? `, call ${legOf(frame)}` : ""}</dd>
        <dt>Time</dt>
        <dd>{seconds(frame.at_s)} s{frame.wall_ms === undefined ? "" : ` (wall ${frame.wall_ms.toFixed(1)} ms)`}</dd>
        <dt>Way</dt>
        <dd><Said text={way.from === way.to ? `noted by ${name(way.from)}` : `${name(way.from)} → ${name(way.to)}`} /> <span class="muted">link <Said text={frame.link} /></span></dd>
      </dl>
      {story.findings(frame.seq).map((one, place) => <Remark key={place} finding={one} />)}
      {cause !== undefined && (
        <>
          <h4>{cause.sure ? "Caused by" : "Came after"} <span class="muted">{cause.by}</span></h4>
          <Neighbour story={story} seq={cause.seq} select={select} />
        </>
      )}
      {led.length > 0 && (
        <>
          <h4>Led to <span class="muted">{led.length > 1 ? `${led.length} frames` : ""}</span></h4>
          {led.slice(0, 8).map((seq) => <Neighbour key={seq} story={story} seq={seq} select={select} />)}
          {led.length > 8 && <p class="muted">and {led.length - 8} more</p>}
        </>
      )}
      <h4>Content</h4>
      {frame.cut !== undefined && <p class="muted">cut here: {frame.cut} characters more in the journal (--journal)</p>}
      <JsonTree value={frame.frame} />
    </>
  );
}

export function Remark({ finding, open }: { finding: Finding; open?: ((seq: number) => void) | undefined }) {
  const seq = finding.seq;
  return (
    <div class={`remark ${finding.severity}`}>
      <p>
        <b class="code">{finding.code}</b> <b><Said text={finding.title} /></b>
        {open !== undefined && seq !== undefined && <button type="button" class="reference" aria-label={`open frame ${seq}`} onClick={() => open(seq)}>#{seq}</button>}
      </p>
      <p><Said text={finding.text} /></p>
      {finding.why !== "" && <p class="muted"><b>Why it matters.</b> <Said text={finding.why} /></p>}
      <p><b>Remedy.</b> <Said text={finding.remedy} /></p>
    </div>
  );
}

export function Neighbour({ story, seq, select }: { story: Story; seq: number; select: (seq: number) => void }) {
  const frame = story.frame(seq);
  if (frame === undefined) return null;
  return (
    <button type="button" class="neighbour" onClick={() => select(seq)}>
      <span class="frame-number">#{seq}</span>
      <span class="frame-time">{seconds(frame.at_s)}</span>
      <span class={`frame-kind link-${frame.link}`}><Said text={short(frame.kind, 60)} /></span>
      <span class="frame-gist"><Said text={short(gist(frame), 120)} /></span>
    </button>
  );
}
