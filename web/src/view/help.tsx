/** The keys, as a dialog. */

import { useEffect, useRef } from "preact/hooks";

export function Help({ keys: known, close }: { keys: readonly (readonly [string[], string])[]; close: () => void }) {
  const box = useRef<HTMLDialogElement>(null);
  useEffect(() => box.current?.showModal(), []);
  return (
    <dialog ref={box} class="help" aria-labelledby="help-title" onClose={close} onClick={(event) => event.target === box.current && close()}>
      <div class="help-inside">
        <h2 id="help-title">Keys</h2>
        <dl>
          {known.map(([keys, what]) => (
            <div key={what}>
              <dt>{keys.map((key) => <kbd key={key}>{key}</kbd>)}</dt>
              <dd>{what}</dd>
            </div>
          ))}
        </dl>
        <h2>Lanes</h2>
        <ul class="legend">
          <li><span class="swatch says" /> what the caller says</li>
          <li><span class="swatch hears" /> what the caller hears</li>
          <li><span class="swatch cut" /> what was cut off, and nobody heard</li>
          <li><span class="swatch trouble" /> where something went wrong, or a rule has something to say</li>
        </ul>
        <p class="muted">Drag to pan; Ctrl and wheel to zoom. Frames of one instant stand side by side, in order.</p>
        <button type="button" onClick={close}>Close</button>
      </div>
    </dialog>
  );
}
