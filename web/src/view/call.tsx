/** The view of one call: what became of it, its lanes, its frames, and the one that is looked at. */

import type { ComponentChildren, RefObject } from "preact";
import { useMemo } from "preact/hooks";
import type { Call, Frame } from "../call/journal";
import { isPiece } from "../call/words";
import type { Story } from "../call/story";
import { Frames } from "./frames";
import { Inspector } from "./inspector";
import { type Live, Timeline } from "./timeline";
import { Verdict } from "./verdict";

export interface Sight {
  query: string;
  hidden: ReadonlySet<string>;
  pieces: boolean;
  calm: boolean;
}

interface Props {
  call: Call;
  story: Story;
  version: number;
  shown: readonly Frame[];
  sight: Sight;
  see: (sight: Partial<Sight>) => void;
  seq: number | null;
  select: (seq: number | null) => void;
  open: (seq: number) => void;
  opened: boolean;
  back: () => void;
  search: RefObject<HTMLInputElement | null>;
  asked: { zoom: number; whole: number };
}

const LINKS: [string, string][] = [["app", "Application"], ["model", "Model"], ["media", "Line"], ["world", "Backends"]];

export function CallView({ call, back, opened, ...body }: Props) {
  const { story, seq, select, open } = body;
  return (
    <main class={`call${opened ? " opened" : ""}`} aria-label="call">
      <Verdict call={call} story={story} open={open} back={back} />
      {story.frames.length === 0 ? (
        <p class="empty">{call.left_out > 0 ? "There was no room for the frames of this call on this page: play it alone." : "This call has no frames."}</p>
      ) : (
        <Body {...body}>
          <Inspector story={story} frame={seq === null ? undefined : story.frame(seq)} select={open} close={() => select(null)} />
        </Body>
      )}
    </main>
  );
}

interface BodyProps extends Omit<Props, "call" | "opened" | "back"> {
  live?: Live | undefined;
  children: ComponentChildren;
}

/** Lanes, frames, and beside them what is told of the one that is looked at. */
export function Body({ story, version, shown, sight, see, seq, select, open, search, asked, live, children }: BodyProps) {
  const links = useMemo(() => LINKS.filter(([link]) => story.frames.some((frame) => frame.link === link)), [story, version]);
  const pieces = useMemo(() => story.frames.filter(isPiece).length, [story, version]);
  const drawn = useMemo(() => story.frames.filter((frame) => sight.pieces || !isPiece(frame)), [story, version, sight.pieces]);
  const toggle = (link: string): void => {
    const hidden = new Set(sight.hidden);
    if (!hidden.delete(link)) hidden.add(link);
    see({ hidden });
  };
  return (
    <>
      <Timeline story={story} shown={drawn} selected={seq} select={open} calm={sight.calm} setCalm={(calm) => see({ calm })} version={version} asked={asked} live={live} />
      <div class="below">
        <section class="frames-box" aria-label="frames">
          <div class="tools">
            <input ref={search} type="search" placeholder="Search frames" aria-label="search frames" value={sight.query} onInput={(event) => see({ query: event.currentTarget.value })} />
            <div class="chips" role="group" aria-label="which frames">
              {links.map(([link, name]) => (
                <button key={link} type="button" class={`chip of-${link}`} aria-pressed={!sight.hidden.has(link)} onClick={() => toggle(link)}>{name}</button>
              ))}
              {pieces > 0 && (
                <button type="button" class="chip" aria-pressed={sight.pieces} title="pieces of sound and text  p" onClick={() => see({ pieces: !sight.pieces })}>
                  Pieces <span class="count">{pieces}</span>
                </button>
              )}
            </div>
            <span class="muted shown-count" {...(live === undefined ? { role: "status" } : {})}>{shown.length} shown</span>
          </div>
          <Frames story={story} shown={shown} selected={seq} select={select} open={open} follows={live?.follows === true} leave={live?.leave} />
        </section>
        {children}
      </div>
    </>
  );
}
