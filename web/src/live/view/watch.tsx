/** A call of this session: its lanes as they grow, its frames, and what is told of them. */

import type { RefObject } from "preact";
import { useMemo } from "preact/hooks";
import { siftFrames } from "../../call/sifting";
import type { Story } from "../../call/story";
import { Body, type Sight } from "../../view/call";
import { clock } from "../../view/paint";
import { Said } from "../../view/text";
import type { Session } from "../session";
import type { LiveCall } from "../store";
import { Side, type Tab } from "./side";

interface Props {
  session: Session;
  call: LiveCall;
  story: Story;
  now_s: number;
  behind: number;
  sight: Sight;
  see: (sight: Partial<Sight>) => void;
  seq: number | null;
  select: (seq: number | null) => void;
  open: (seq: number) => void;
  tab: Tab;
  setTab: (tab: Tab) => void;
  follows: boolean;
  setFollows: (follows: boolean) => void;
  paused: boolean;
  pause: () => void;
  search: RefObject<HTMLInputElement | null>;
  asked: { zoom: number; whole: number };
}

export function Watch(props: Props) {
  const { session, call, story, now_s, behind, sight, see, seq, select, open, tab, setTab, follows, setFollows, paused, pause, search, asked } = props;
  const length = story.frames.length;
  const shown = useMemo(() => siftFrames(story.frames, sight.hidden, sight.pieces, sight.query), [story, length, sight]);
  const over = call.stage === "over";
  return (
    <div class="watch">
      <header class="watch-head">
        <h2><Said text={call.title || `${call.from} → ${call.to}`} /></h2>
        <span class="muted watch-about">
          {call.title !== "" && <Said text={`${call.from} → ${call.to}, `} />}{clock(Math.floor(call.now_s))}
          {call.missed > 0 && `, ${call.missed} frames missed while the server was gone`}
        </span>
        {call.cost !== null && call.cost.usd !== null && <span class="muted" title="so far, out of usage">${call.cost.usd.toFixed(call.cost.usd < 1 ? 4 : 2)}</span>}
        {call.result !== null && <button type="button" class={`badge ${call.result.outcome}`} onClick={() => setTab("findings")}>{call.result.outcome}</button>}
        {!over && (
          <span class="watch-tools">
            <button type="button" class="toggle" aria-pressed={follows} title="what is new stays in sight  f" onClick={() => setFollows(!follows)}>Follow</button>
            <button type="button" class="toggle" aria-pressed={paused} title="what is shown stands still; the call goes on  ." onClick={pause}>{paused ? `Paused${behind > 0 ? `, ${behind} behind` : ""}` : "Pause"}</button>
          </span>
        )}
      </header>
      {length === 0 ? (
        <p class="empty">{over ? "Nothing came of this call." : "The call is being set up …"}</p>
      ) : (
        <Body story={story} version={length} shown={shown} sight={sight} see={see} seq={seq} select={(one) => (one === null ? select(null) : open(one))} open={open} search={search} asked={asked}
          live={{ now_s, follows: follows && !paused, leave: () => setFollows(false) }}>
          <Side session={session} call={call} story={story} frame={seq === null ? undefined : story.frame(seq)} follows={follows && !over && !paused} now_s={now_s} tab={tab} setTab={setTab} open={open} />
        </Body>
      )}
    </div>
  );
}
