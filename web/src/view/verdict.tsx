/** What became of a call: its name, its result, and why it did not pass: place, problem, difference, remedy. */

import type { Call, Failure } from "../call/journal";
import type { Story } from "../call/story";
import { duration } from "../call/words";
import { Remark } from "./inspector";
import { Linked, Said } from "./text";

/** Of how many findings the reason itself tells. */
const MOST_RULES = 6;

interface Props {
  call: Call;
  story: Story;
  open: (seq: number) => void;
  back: () => void;
}

export function Verdict({ call, story, open, back }: Props) {
  const known = (seq: number): boolean => story.frame(seq) !== undefined;
  const told = new Set(call.failures.map((one) => one.kind));
  const errors = call.findings.filter((one) => one.severity === "error" && !told.has(one.code));
  const warnings = call.findings.filter((one) => one.severity === "warning");
  const below = [...(call.failures.length > 0 ? errors.slice(MOST_RULES) : errors), ...warnings];
  return (
    <header class="verdict-head">
      <div class="title">
        <button type="button" class="back" onClick={back}>‹ Scenarios</button>
        <span class={`badge ${call.outcome}`}>{call.outcome}</span>
        <h2><Said text={call.name} /></h2>
      </div>
      <p class="about">
        <span><Said text={`${call.file}:${call.line}`} /></span>
        <span>seed {call.seed}</span>
        <span>{duration(call.virtual_s)} of call in {call.wall_ms.toFixed(0)} ms</span>
        <span>{call.frames} frames</span>
      </p>
      {(call.failures.length > 0 || call.error !== null) && (
        <div class="verdict" role="region" aria-label="why it did not pass" tabIndex={0}>
          <div class="verdict-columns">
            <div>{call.failures.map((one, place) => <Why key={place} failure={one} known={known} open={open} />)}</div>
            {call.failures.length > 0 && errors.length > 0 && (
              <div>
                <h3>What the rules found in this call</h3>
                {errors.slice(0, MOST_RULES).map((one, place) => <Remark key={place} finding={one} open={one.seq !== undefined && known(one.seq) ? open : undefined} />)}
                {errors.length > MOST_RULES && <p class="muted">and {errors.length - MOST_RULES} more below</p>}
              </div>
            )}
          </div>
          {call.failures.length === 0 && call.error !== null && <pre class="problem"><Linked text={call.error} known={known} open={open} /></pre>}
          {call.log.length > 0 && (
            <details open={call.failures.length === 0}>
              <summary>The application's last words</summary>
              <pre><Said text={call.log.join("\n")} /></pre>
            </details>
          )}
          {call.explanation.length > 0 && (
            <details>
              <summary>As the terminal says it</summary>
              <pre><Linked text={call.explanation.join("\n")} known={known} open={open} /></pre>
            </details>
          )}
        </div>
      )}
      {below.length > 0 && (
        <details class="remarks" open={errors.length > 0 && call.failures.length === 0}>
          <summary>
            {below.length > warnings.length && <span class="of-error">{counted(below.length - warnings.length, "finding")}</span>}
            {warnings.length > 0 && <span class="of-warning">{counted(warnings.length, "warning")}</span>}
          </summary>
          <div class="remarks-all" tabIndex={0} role="region" aria-label="findings">
            {below.slice(0, 50).map((one, place) => <Remark key={place} finding={one} open={one.seq !== undefined && known(one.seq) ? open : undefined} />)}
          </div>
        </details>
      )}
      {call.left_out > 0 && (
        <p class="left-out">{counted(call.left_out, "frame")} of this call {call.left_out === 1 ? "is" : "are"} left out here; a journal (--journal) has all of them.</p>
      )}
    </header>
  );
}

const counted = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`;

function Why({ failure, known, open }: { failure: Failure; known: (seq: number) => boolean; open: (seq: number) => void }) {
  const { file, line, column } = failure.where;
  return (
    <div class="why">
      <p class="place"><Said text={`${file}:${line}:${column}`} /></p>
      <p class="problem"><Linked text={failure.problem} known={known} open={open} /></p>
      {failure.details.length > 0 && <pre class="details"><Linked text={failure.details.join("\n")} known={known} open={open} /></pre>}
      {failure.remedy !== "" && <p class="remedy"><b>Remedy</b> <Linked text={failure.remedy} known={known} open={open} /></p>}
    </div>
  );
}
