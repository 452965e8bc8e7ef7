/** The page: a list of scenarios, and the call that is looked at. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { format, parse } from "../call/address";
import type { Call, Frame, Run } from "../call/journal";
import { siftCalls, siftFrames, type Which } from "../call/sifting";
import type { Story } from "../call/story";
import { isPiece } from "../call/words";
import { CallView, type Sight } from "./call";
import { Help } from "./help";
import { KEYS, type Order, ORDERS, useKeys } from "./keys";
import { List } from "./list";

/** `story` tells a call, and is told more while the call lives; `version` counts what was told. */
export function App({ run, story: tell, version }: { run: Run; story: (call: Call) => Story; version: number }) {
  const [at, setAt] = useState(() => begin(run, tell));
  const [opened, setOpened] = useState(parse(location.hash).seq !== null);
  const [which, setWhich] = useState<Which>("all");
  const [query, setQuery] = useState("");
  const [sight, setSight] = useState<Sight>({ query: "", hidden: new Set(), pieces: false, calm: true });
  const [help, setHelp] = useState(false);
  const [asked, ask] = useState({ zoom: 0, whole: 0, sign: 1 });
  const [searchCalls, searchFrames] = [useRef<HTMLInputElement>(null), useRef<HTMLInputElement>(null)];
  const calls = useMemo(() => siftCalls(run.calls, which, query), [run, which, query]);
  const call = run.calls.find((one) => one.number === at.call);
  const story = useMemo(() => (call === undefined ? undefined : tell(call)), [call]);
  const see = (more: Partial<Sight>): void => setSight((now) => ({ ...now, ...more }));
  const shown = useMemo(() => (story === undefined ? [] : siftFrames(story.frames, sight.hidden, sight.pieces, sight.query)), [story, version, sight]);

  useEffect(() => {
    const moved = (): void => {
      const there = parse(location.hash);
      if (run.calls.some((one) => one.number === there.call)) setAt(there);
    };
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, [run]);
  useEffect(() => {
    if (at.call !== null && format(at) !== location.hash) history.replaceState(null, "", format(at));
    document.title = call === undefined ? "jambonz-sim" : `${call.outcome === "passed" ? "✓" : "✗"} jambonz-sim`;
  }, [at]);
  useEffect(() => {
    // what is looked at must be in sight
    const frame = at.seq === null ? undefined : story?.frame(at.seq);
    if (frame === undefined || shown.includes(frame)) return;
    const hidden = new Set(sight.hidden);
    hidden.delete(frame.link);
    see({ hidden, pieces: sight.pieces || isPiece(frame), query: "" });
  }, [at]);

  const choose = (number: number): void => {
    const chosen = run.calls.find((one) => one.number === number);
    setAt({ call: number, seq: chosen === undefined ? null : firstOf(chosen, tell(chosen)) });
    setOpened(false);
    see({ query: "" });
  };
  const select = (seq: number | null): void => {
    setAt((now) => ({ ...now, seq }));
    if (seq === null) setOpened(false);
  };
  const open = (seq: number): void => {
    select(seq);
    setOpened(true);
  };
  const walk = (by: number): void => {
    const place = shown.findIndex((frame) => frame.seq === at.seq);
    const next = shown[Math.max(0, Math.min(shown.length - 1, place < 0 ? (by > 0 ? 0 : shown.length - 1) : place + by))];
    if (next !== undefined) select(next.seq);
  };
  const walkCalls = (by: number): void => {
    const place = calls.findIndex((one) => one.number === at.call);
    const next = calls[Math.max(0, Math.min(calls.length - 1, place + by))];
    if (next === undefined || next.number === at.call) return;
    choose(next.number);
    document.getElementById(`scenario-${next.number}`)?.scrollIntoView({ block: "nearest" });
  };
  const close = (): void => {
    const writing = document.activeElement;
    if (help) setHelp(false);
    else if (writing instanceof HTMLInputElement) {
      if (writing === searchFrames.current) see({ query: "" });
      else setQuery("");
      writing.blur();
    } else if (opened) setOpened(false);
    else if (at.seq !== null) select(null);
    else if (matchMedia(NARROW).matches) setAt({ call: null, seq: null });
  };
  const obey = (order: Order, event: KeyboardEvent): void => {
    if (help && order !== "close" && order !== "help") return;
    const writing = event.target instanceof HTMLInputElement;
    const inList = event.target instanceof Element && event.target.closest(".list") !== null;
    const obeyed: Record<Order, () => unknown> = {
      next: () => (inList ? walkCalls(1) : walk(1)),
      previous: () => (inList ? walkCalls(-1) : walk(-1)),
      first: () => shown[0] !== undefined && select(shown[0].seq),
      last: () => shown.length > 0 && select((shown[shown.length - 1] as Frame).seq),
      remarked: () => {
        const seqs = story?.remarked ?? [];
        const next = seqs.find((seq) => seq > (at.seq ?? -1)) ?? seqs[0];
        if (next !== undefined) open(next);
      },
      cause: () => {
        const cause = at.seq === null ? undefined : story?.causes.causeOf(at.seq);
        if (cause !== undefined) select(cause.seq);
      },
      "next-call": () => walkCalls(1),
      "previous-call": () => walkCalls(-1),
      search: () => (searchFrames.current ?? searchCalls.current)?.focus(),
      open: () => {
        if (writing) {
          (event.target as HTMLElement).blur();
          if (inList && calls[0] !== undefined) choose(calls[0].number);
          else walk(0);
        } else if (at.seq !== null) setOpened(true);
      },
      close,
      help: () => setHelp(!help),
      larger: () => ask({ ...asked, zoom: Math.abs(asked.zoom) + 1 }),
      smaller: () => ask({ ...asked, zoom: -Math.abs(asked.zoom) - 1 }),
      whole: () => ask({ ...asked, whole: asked.whole + 1 }),
      calm: () => see({ calm: !sight.calm }),
      pieces: () => see({ pieces: !sight.pieces }),
    };
    obeyed[order]();
    event.preventDefault();
  };
  useKeys(ORDERS, obey);

  return (
    <div class={`page${call === undefined ? "" : " has-call"}`}>
      <List run={run} calls={calls} chosen={at.call} choose={choose} which={which} setWhich={setWhich} query={query} setQuery={setQuery} search={searchCalls} help={() => setHelp(true)} />
      {call === undefined || story === undefined ? (
        <main class="call nothing"><p class="empty">{run.calls.length === 0 ? "No scenario was played." : "Choose a scenario."}</p></main>
      ) : (
        <CallView key={call.number} call={call} story={story} version={version} shown={shown} sight={sight} see={see} seq={at.seq} select={select} open={open}
          opened={opened} back={() => setAt({ call: null, seq: null })} search={searchFrames} asked={asked} />
      )}
      {help && <Help keys={KEYS} close={() => setHelp(false)} />}
    </div>
  );
}

const NARROW = "(max-width: 760px)";

/** Where the page opens: where its address says, else at the first scenario, which is the first that did not pass. On a small screen at the list. */
function begin(run: Run, tell: (call: Call) => Story): { call: number | null; seq: number | null } {
  const there = parse(location.hash);
  const named = run.calls.find((one) => one.number === there.call);
  if (named !== undefined) return { call: named.number, seq: there.seq ?? firstOf(named, tell(named)) };
  const [first] = run.calls;
  if (first === undefined || matchMedia(NARROW).matches) return { call: null, seq: null };
  return { call: first.number, seq: firstOf(first, tell(first)) };
}

/** The frame to look at first: the one that the failure names, or the first with which a rule found fault. */
function firstOf(call: Call, story: Story): number | null {
  if (call.outcome === "passed") return null;
  const told = call.failures.flatMap((one) => [one.problem, ...one.details]).join("\n");
  const named = [...told.matchAll(/#(\d{1,9})\b/g)].map((one) => Number(one[1])).find((seq) => story.frame(seq) !== undefined);
  return named ?? call.findings.find((one) => one.severity === "error" && one.seq !== undefined)?.seq ?? null;
}
