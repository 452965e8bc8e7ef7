/** One phone: place a call, talk, be answered. What was said stands as people would tell it. */

import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "preact/hooks";
import { clock } from "../../view/paint";
import { Said } from "../../view/text";
import { duration } from "../../call/words";
import { assistantSpeaks, conversation, type Saying } from "../conversation";
import type { Phone } from "../messages";
import type { Session } from "../session";
import { callOf, type LiveCall, type Notice } from "../store";
import { CallForm, drafted } from "./form";
import { Tray } from "./tray";

interface Props {
  session: Session;
  version: number;
  phone: Phone;
  looked: LiveCall | undefined;
  open: (seq: number) => void;
  close: (() => void) | undefined;
}

export function PhonePanel({ session, version, phone, looked, open, close }: Props) {
  const { state } = session;
  const [draft, setDraft] = useState(() => drafted(phone));
  const call = callOf(state, phone);
  const latest = call ?? [...state.calls].reverse().find((one) => one.phone === phone);
  const online = state.line.state === "open";
  const name = phone.toUpperCase();
  const muted = state.muted.has(phone);
  const listening = session.microphone?.phone === phone;
  return (
    <section class={`phone stage-${call?.stage ?? "free"}`} aria-label={`phone ${name}`}>
      <header class="phone-head">
        <h2>Phone {name}</h2>
        <span class="phone-status" role="status">{call === undefined ? "free" : call.stage === "ringing" ? "ringing …" : `on the line`}</span>
        {call !== undefined && <span class="phone-clock">{clock(Math.floor(call.now_s))}</span>}
        {call !== undefined && <button type="button" class="hang-up" onClick={() => session.order({ do: "hang_up", phone })} disabled={!online}>Hang up</button>}
        {call === undefined && close !== undefined && <button type="button" class="quiet" aria-label={`put phone ${name} away`} title="put this phone away" onClick={close}>✕</button>}
      </header>
      {state.notices.filter((one) => one.phone === phone).map((one) => <Told key={one.number} notice={one} dismiss={() => session.dismiss(one.number)} />)}
      {call === undefined && <CallForm phone={phone} draft={draft} change={setDraft} able={online && state.app.state !== "failed"} call={(dialled) => session.order({ do: "call", phone, ...dialled })} />}
      {latest === undefined ? (
        <div class="talk empty-talk"><p class="muted">What is said on this phone stands here.</p></div>
      ) : (
        <Talk session={session} version={version} call={latest} open={latest === looked ? open : undefined} />
      )}
      {call !== undefined && <Composer session={session} phone={phone} call={call} able={online} />}
      {call !== undefined && (
        <div class="voice-row">
          <button type="button" class={`toggle microphone${listening ? " on" : ""}`} aria-pressed={listening} disabled={!online || call.stage !== "up"} onClick={() => void session.listen(phone)}>
            <Meter level_db={listening && !muted ? session.level_db : -90} />
            {listening ? "Microphone is on" : "Microphone"}
          </button>
          <button type="button" class="toggle" aria-pressed={muted} disabled={!online} onClick={() => session.order({ do: "mute", phone, on: !muted })}>{muted ? "Muted" : "Mute"}</button>
        </div>
      )}
      <Tray phone={phone} able={online && call?.stage === "up"} bad={state.bad.has(phone)} ordered={state.ordered} order={(command) => session.order(command)} />
    </section>
  );
}

/** How loud it is: five bars of 12 dB. */
function Meter({ level_db }: { level_db: number }) {
  const lit = Math.max(0, Math.min(5, Math.round((level_db + 60) / 10)));
  return <span class="meter" aria-hidden="true">{[1, 2, 3, 4, 5].map((bar) => <i key={bar} class={bar <= lit ? "lit" : ""} />)}</span>;
}

export function Told({ notice, dismiss }: { notice: Notice; dismiss: () => void }) {
  return (
    <div class="notice" role="alert">
      <p><b><Said text={notice.problem} /></b> <Said text={notice.remedy} /></p>
      <button type="button" aria-label="dismiss" onClick={dismiss}>✕</button>
    </div>
  );
}

function Talk({ session, version, call, open }: { session: Session; version: number; call: LiveCall; open: ((seq: number) => void) | undefined }) {
  const box = useRef<HTMLDivElement>(null);
  const said = useMemo(() => conversation(session.story(call), call.spoken), [call, version]);
  const near = useRef(true);
  useLayoutEffect(() => {
    if (box.current !== null && near.current) box.current.scrollTop = box.current.scrollHeight;
  }, [said.length, said[said.length - 1], call.spoken]);
  return (
    <div
      ref={box}
      class={`talk${call.stage === "over" ? " over" : ""}`}
      role="log"
      aria-label={`what was said on phone ${call.phone.toUpperCase()}`}
      tabIndex={0}
      onScroll={(event) => (near.current = event.currentTarget.scrollHeight - event.currentTarget.scrollTop - event.currentTarget.clientHeight < 40)}
    >
      {said.length === 0 && <p class="muted">{call.stage === "ringing" ? "It rings." : "Nobody has said anything yet."}</p>}
      <ol>{said.map((one) => <Line key={one.key} one={one} open={open} />)}</ol>
    </div>
  );
}

function Line({ one, open }: { one: Saying; open: ((seq: number) => void) | undefined }) {
  const [label, more] = told(one);
  return (
    <li class={`saying by-${one.by}${"bad" in one && one.bad ? " bad" : ""}${"open" in one && one.open ? " open" : ""}`}>
      <button type="button" class="saying-at" disabled={open === undefined} title={`frame ${one.seq}`} aria-label={`${label}, at ${clock(Number(one.at_s.toFixed(1)))}: open frame ${one.seq}`} onClick={() => open?.(one.seq)}>
        {clock(Math.floor(one.at_s))}
      </button>
      <div class="bubble">{more}</div>
    </li>
  );
}

function told(one: Saying) {
  switch (one.by) {
    case "caller":
      return ["caller", one.text === "" ? <span class="muted">a sound without words</span> : <Said text={one.text} />] as const;
    case "assistant":
      return [
        "assistant",
        <>
          {one.text === "" && <span class="muted">{one.open ? "speaking …" : one.cut_s > 0 ? "" : "no words"}</span>}
          <Said text={one.text} />
          {one.cut_s > 0 && <s class="cut" title={`not heard: ${duration(one.cut_s)}`}> <Said text={one.cut || `not heard: ${duration(one.cut_s)}`} /></s>}
        </>,
      ] as const;
    case "tool":
      return ["tool", <><code><Said text={one.text} /></code> {one.open ? "works …" : one.bad ? "was never answered" : "answered"}</>] as const;
    case "note":
      return ["note", <Said text={one.text} />] as const;
  }
}

/** What the caller writes is said: over the assistant's words, or when it is the caller's turn. */
function Composer({ session, phone, call, able }: { session: Session; phone: Phone; call: LiveCall; able: boolean }) {
  const [text, setText] = useState("");
  const [over, setOver] = useState(true);
  const [other, setOther] = useState(false);
  const speaks = assistantSpeaks(session.story(call)) || (call.spoken !== null && call.spoken.heard === null);
  const interrupts = speaks && over !== other;
  const name = phone.toUpperCase();
  useEffect(() => {
    const held = (event: KeyboardEvent): void => setOther(event.shiftKey);
    const blurred = (): void => setOther(false);
    addEventListener("keydown", held);
    addEventListener("keyup", held);
    addEventListener("blur", blurred);
    return () => {
      removeEventListener("keydown", held);
      removeEventListener("keyup", held);
      removeEventListener("blur", blurred);
    };
  }, []);
  const say = (event: Event): void => {
    event.preventDefault();
    if (text.trim() === "" || !able) return;
    session.order({ do: interrupts ? "interrupt" : "say", phone, text: text.trim() });
    setText("");
  };
  return (
    <form class="composer" onSubmit={say}>
      <div class="say-row">
        <input id={`say-${phone}`} autocomplete="off" aria-label={`say on phone ${name}`} placeholder={interrupts ? "Talk over the assistant" : "Say something"} maxLength={2000} value={text}
          onInput={(event) => setText(event.currentTarget.value)}
          onKeyDown={(event) => {
            if (event.key === "Enter" && event.shiftKey) say(event); // a browser submits it too, but not every one
          }} />
        <button type="submit" class={`primary${interrupts ? " interrupts" : ""}`} disabled={!able || call.stage !== "up"}>{interrupts ? "Interrupt" : "Say"}</button>
      </div>
      <div class="segments" role="group" aria-label="while the assistant speaks">
        <button type="button" aria-pressed={!over} title="what you write is said when the assistant has finished" onClick={() => setOver(false)}>Wait for my turn</button>
        <button type="button" aria-pressed={over} title="what you write while the assistant speaks interrupts it; hold Shift for the other way" onClick={() => setOver(true)}>Talk over</button>
      </div>
    </form>
  );
}
