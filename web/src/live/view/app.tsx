/** The page of `jambonz-sim dev`: phones at the left, and the call that is watched. */

import { useEffect, useRef, useState } from "preact/hooks";
import { siftFrames } from "../../call/sifting";
import { Story } from "../../call/story";
import { isPiece } from "../../call/words";
import type { Sight } from "../../view/call";
import { Help } from "../../view/help";
import { useKeys } from "../../view/keys";
import { Said } from "../../view/text";
import type { Phone } from "../messages";
import { asFinding, type Session } from "../session";
import { callOf, type LiveCall } from "../store";
import { LIVE_KEYS, LIVE_ORDERS, type LiveOrder } from "./keys";
import { PhonePanel } from "./phone";
import { Scenarios } from "./scenarios";
import type { Tab } from "./side";
import { Top } from "./top";
import { Watch } from "./watch";

/** What a paused view shows: the call as it was told then. */
interface Still {
  key: number;
  story: Story;
  now_s: number;
}

export function LiveApp({ session, version }: { session: Session; version: number }) {
  const { state } = session;
  const [chosen, choose] = useState<number | null>(null);
  const [seq, setSeq] = useState<number | null>(null);
  const [tab, setTab] = useState<Tab>("state");
  const [sight, setSight] = useState<Sight>({ query: "", hidden: new Set(), pieces: false, calm: true });
  const [follows, setFollows] = useState(true);
  const [still, setStill] = useState<Still | null>(null);
  const [second, setSecond] = useState(false);
  const [help, setHelp] = useState(false);
  const [asked, ask] = useState({ zoom: 0, whole: 0 });
  const search = useRef<HTMLInputElement>(null);
  const newest = state.calls[state.calls.length - 1];
  const call = state.calls.find((one) => one.key === chosen) ?? newest;
  const told = call === undefined ? undefined : session.story(call);
  const frozen = still !== null && still.key === call?.key ? still : null;
  const story = frozen?.story ?? told;
  const phones: Phone[] = state.phones.includes("b") && (second || callOf(state, "b") !== undefined) ? ["a", "b"] : ["a"];

  useEffect(() => {
    // a call that begins is what one wants to see
    if (newest === undefined) return;
    choose(newest.key);
    setSeq(null);
    setFollows(true);
    setStill(null);
    setTab((now) => (now === "frame" || now === "keep" ? "state" : now));
  }, [newest?.key]);

  const see = (more: Partial<Sight>): void => setSight((now) => ({ ...now, ...more }));
  const look = (one: LiveCall): void => {
    choose(one.key);
    setSeq(null);
    setStill(null);
    setFollows(one.stage !== "over");
  };
  const open = (at: number): void => {
    const frame = story?.frame(at);
    setSeq(at);
    setFollows(false);
    setTab((now) => (now === "state" && seq !== null ? now : "frame"));
    if (frame === undefined) return;
    const hidden = new Set(sight.hidden);
    if (hidden.delete(frame.link) || (isPiece(frame) && !sight.pieces)) see({ hidden, pieces: sight.pieces || isPiece(frame) });
  };
  const pause = (): void => {
    if (call === undefined) return;
    setStill(frozen === null ? { key: call.key, story: new Story(call.frames, call.findings.map(asFinding)), now_s: call.now_s } : null);
  };
  const walk = (by: number): void => {
    if (story === undefined) return;
    const shown = siftFrames(story.frames, sight.hidden, sight.pieces, sight.query);
    const place = shown.findIndex((frame) => frame.seq === seq);
    const to = place < 0 && Math.abs(by) === 1 ? (by > 0 ? 0 : shown.length - 1) : place + by;
    const next = shown[Math.max(0, Math.min(shown.length - 1, to))];
    if (next !== undefined) open(next.seq);
  };
  const walkCalls = (by: number): void => {
    const place = state.calls.findIndex((one) => one.key === call?.key);
    const next = state.calls[place + by];
    if (next !== undefined) look(next);
  };
  const obeyed: Record<LiveOrder, () => void> = {
    next: () => walk(1),
    previous: () => walk(-1),
    first: () => walk(-Infinity),
    last: () => walk(Infinity),
    remarked: () => {
      const next = story?.remarked.find((one) => one > (seq ?? -1)) ?? story?.remarked[0];
      if (next !== undefined) open(next);
    },
    cause: () => {
      const cause = seq === null ? undefined : story?.causes.causeOf(seq);
      if (cause !== undefined) open(cause.seq);
    },
    "next-call": () => walkCalls(1),
    "previous-call": () => walkCalls(-1),
    search: () => search.current?.focus(),
    open: () => seq !== null && setTab("frame"),
    close: () => {
      if (help) setHelp(false);
      else if (document.activeElement instanceof HTMLElement && document.activeElement.matches("input, textarea")) document.activeElement.blur();
      else setSeq(null);
    },
    help: () => setHelp(!help),
    larger: () => ask((now) => ({ ...now, zoom: Math.abs(now.zoom) + 1 })),
    smaller: () => ask((now) => ({ ...now, zoom: -Math.abs(now.zoom) - 1 })),
    whole: () => ask((now) => ({ ...now, whole: now.whole + 1 })),
    calm: () => see({ calm: !sight.calm }),
    pieces: () => see({ pieces: !sight.pieces }),
    say: () => document.getElementById(`say-${call?.phone ?? "a"}`)?.focus(),
    "hang-up": () => call !== undefined && callOf(state, call.phone) !== undefined && session.order({ do: "hang_up", phone: call.phone }),
    mute: () => call !== undefined && callOf(state, call.phone) !== undefined && session.order({ do: "mute", phone: call.phone, on: !state.muted.has(call.phone) }),
    microphone: () => call !== undefined && callOf(state, call.phone)?.stage === "up" && void session.listen(call.phone),
    follow: () => setFollows(!follows),
    pause,
  };
  useKeys(LIVE_ORDERS, (order, event) => {
    const writing = (event.target as HTMLElement).matches("input, textarea, select");
    if (writing && order !== "close" || (help && order !== "help" && order !== "close")) return;
    obeyed[order]();
    event.preventDefault();
  });

  return (
    <div class={`live phones-${phones.length}`}>
      <Top session={session} second={phones.includes("b")} showSecond={() => setSecond(true)} help={() => setHelp(true)} />
      <div class="desk">
        <div class="phones">
          {phones.map((phone) => (
            <PhonePanel key={phone} session={session} version={version} phone={phone} looked={call} open={open} close={phone === "b" ? () => setSecond(false) : undefined} />
          ))}
        </div>
        <main class="call" aria-label="call">
          {state.calls.length > 1 && (
            <nav class="calls" aria-label="calls of this session">
              {state.calls.map((one) => (
                <button key={one.key} type="button" class={`call-tab stage-${one.stage} ${one.result?.outcome ?? ""}`} {...(one.key === call?.key ? { "aria-current": "page" as const } : {})} onClick={() => look(one)}>
                  <span class="call-lamp" aria-hidden="true" />
                  <Said text={one.title || one.from || one.id} />
                  <span class="muted">{one.stage === "over" ? (one.result?.outcome ?? "over") : one.stage}</span>
                </button>
              ))}
            </nav>
          )}
          {call === undefined || story === undefined ? (
            <div class="start">
              <h2>Call your application</h2>
              <p>Press <b>Call</b> on the phone. What passes between caller, jambonz, application and model is drawn here as it happens. Or play a scenario.</p>
              <Scenarios session={session} />
            </div>
          ) : (
            <Watch key={call.key} session={session} call={call} story={story} now_s={frozen?.now_s ?? call.now_s} behind={frozen === null ? 0 : call.frames.length - frozen.story.frames.length}
              sight={sight} see={see} seq={seq} select={setSeq} open={open} tab={tab} setTab={setTab} follows={follows} setFollows={setFollows} paused={frozen !== null} pause={pause} search={search} asked={asked} />
          )}
        </main>
      </div>
      {help && <Help keys={LIVE_KEYS} close={() => setHelp(false)} />}
    </div>
  );
}
