/** How things stood at an instant: the call, its verbs, who owes what, the conversation and the session. */

import { type Content, type Frame, inside, type Json, legOf, listIn, textIn } from "../call/journal";
import type { CallState, Debt, State } from "../call/state";
import { duration, seconds, short } from "../call/words";
import { JsonTree } from "./json";
import { Said } from "./text";

interface Props {
  state: State;
  frame: Frame;
  select: (seq: number) => void;
  /** When it is, if that is later than the frame. */
  now_s?: number;
}

export function StatePanel({ state, frame, select, now_s = frame.at_s }: Props) {
  const own = legOf(frame);
  const legs = [...state.keys()].sort((one, other) => Number(other === own) - Number(one === own) || one - other);
  return (
    <>
      {legs.map((leg) => (
        <section key={leg} class="call-state">
          {legs.length > 1 && <h3>{leg === 0 ? "The caller's call" : `Call ${leg}`}</h3>}
          <OfCall call={state.get(leg) as CallState} at_s={now_s} select={select} />
        </section>
      ))}
    </>
  );
}

function OfCall({ call, at_s, select }: { call: CallState; at_s: number; select: (seq: number) => void }) {
  return (
    <>
      <dl class="facts">
        <dt>Call</dt>
        <dd><b class={`status ${call.status === "in-progress" ? "good" : ""}`}><Said text={call.status} /></b> <Said text={[call.direction, call.from && `${call.from} → ${call.to}`].filter(Boolean).join(", ")} /></dd>
        <dt>Verb</dt>
        <dd>
          {call.verb === null ? <span class="muted">none runs</span> : <b class="chip of-verb"><Said text={call.verb} /></b>}
          {call.waiting.length > 0 && <span class="muted"> then <Said text={call.waiting.join(", ")} /></span>}
        </dd>
        <dt>Application</dt>
        <dd>{call.app}</dd>
        <dt>Model</dt>
        <dd>{call.model}{call.response !== null && <span class="muted">, response under way</span>}</dd>
      </dl>
      <h4>Who owes what</h4>
      {call.debts.length === 0 ? <p class="muted">Nobody owes anything.</p> : <ul class="debts">{call.debts.map((one) => <Owed key={one.key} debt={one} at_s={at_s} select={select} />)}</ul>}
      <h4>Conversation <span class="muted">as the model has it</span></h4>
      {call.items.length === 0 ? (
        <p class="muted">Empty.</p>
      ) : (
        <ol class="items">
          {call.items.map((item) => (
            <li key={item.id} class={`item ${item.role || "tool"}`}>
              <button type="button" class="item-who" onClick={() => select(item.seq)} title={`open frame ${item.seq}, where this item began`}>
                <Said text={item.role || item.type.replace("function_call_output", "output").replace("function_call", "call")} />
              </button>
              <span class="item-text">
                {item.text === "" ? <span class="muted">{item.status === "in_progress" ? "no words yet" : "no transcript"}</span> : <Said text={short(item.text, 400)} />}
                {item.status !== "" && item.status !== "completed" && <span class="muted"> <Said text={item.status} /></span>}
              </span>
            </li>
          ))}
        </ol>
      )}
      {call.session !== null && <Session session={call.session} />}
    </>
  );
}

function Owed({ debt, at_s, select }: { debt: Debt; at_s: number; select: (seq: number) => void }) {
  return (
    <li>
      <button type="button" class="reference" aria-label={`open frame ${debt.seq}`} onClick={() => select(debt.seq)}>#{debt.seq}</button>{" "}
      <b>the {debt.who}</b> <Said text={short(debt.what, 160)} /> <span class="muted">since {seconds(debt.since_s)} s{at_s > debt.since_s ? `, ${duration(at_s - debt.since_s)}` : ""}</span>
    </li>
  );
}

function Session({ session }: { session: Content }) {
  const turns = inside(session, "audio", "input", "turn_detection") ?? inside(session, "turn_detection");
  const tools = listIn(session, "tools").flatMap((tool) => textIn(tool, "name") ?? textIn(tool, "type") ?? []);
  const facts: [string, string | undefined][] = [
    ["Model", textIn(session, "model")],
    ["Voice", textIn(session, "audio", "output", "voice") ?? textIn(session, "voice")],
    ["Speaks in", words(inside(session, "output_modalities") ?? inside(session, "modalities"))],
    ["Turns", turns === null ? "off" : textIn(turns, "type")],
    ["Tools", tools.join(", ") || "none"],
    ["Instructions", textIn(session, "instructions")],
  ];
  return (
    <>
      <h4>Session <span class="muted">as the model has it</span></h4>
      <dl class="facts">
        {facts.map(([name, text]) => text !== undefined && (
          <>
            <dt>{name}</dt>
            <dd><Said text={short(text, 300)} /></dd>
          </>
        ))}
      </dl>
      <details>
        <summary>all of it</summary>
        <JsonTree value={session} />
      </details>
    </>
  );
}

const words = (value: Json | undefined): string | undefined => (Array.isArray(value) ? value.filter((one) => typeof one === "string").join(", ") : undefined);
