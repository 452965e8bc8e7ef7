/** Keeps a call as a scenario file. */

import { useState } from "preact/hooks";
import { Said } from "../../view/text";
import type { Session } from "../session";
import type { LiveCall } from "../store";

/** A name for a file out of the first words somebody said. */
export function fileName(call: LiveCall): string {
  const first = call.frames.find((frame) => frame.link === "media" && frame.kind === "speaks" && typeof frame.frame["text"] === "string" && frame.frame["text"] !== "");
  const words = String(first?.frame["text"] ?? "call").toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return `scenarios/${words.slice(0, 5).join("-").slice(0, 48) || "call"}.yaml`;
}

export function Keep({ session, call }: { session: Session; call: LiveCall }) {
  const [file, setFile] = useState<string | null>(null);
  const { saved, saving, line } = session.state;
  const name = file ?? fileName(call);
  const keep = (event: Event): void => {
    event.preventDefault();
    session.order({ do: "save", call: call.id, file: name });
  };
  return (
    <form class="keep" onSubmit={keep} aria-label="keep this call">
      <p>The call becomes a scenario: what you said, what the model answered, and what the application did, to be held against it from now on.</p>
      <label for="keep-file">File</label>
      <div class="say-row">
        <input id="keep-file" required spellcheck={false} autocomplete="off" value={name} onInput={(event) => setFile(event.currentTarget.value)} />
        <button type="submit" class="primary" disabled={saving || line.state !== "open"}>{saving ? "Saving …" : "Save"}</button>
      </div>
      {saved !== null && (
        <div class="saved" role="status">
          <p>
            <span class={`badge ${saved.passes ? "passed" : "failed"}`}>{saved.passes ? "passes" : "does not pass"}</span> <code><Said text={saved.file} /></code>
          </p>
          <pre tabIndex={0} aria-label="the scenario"><Said text={saved.yaml} /></pre>
        </div>
      )}
    </form>
  );
}
