/** The browser's own voice for simulated speech. Where there is none, the words are on the page, and that is all. */

const WORDS_A_SECOND = 2.6;

export class Voice {
  on = true;

  /** Says it at a pace at which it is over in time, as far as a voice can. */
  say(text: string, lasts_s: number): void {
    if (!this.on || typeof speechSynthesis === "undefined" || speechSynthesis.getVoices().length === 0) return;
    const said = new SpeechSynthesisUtterance(text);
    const usual_s = text.split(/\s+/).length / WORDS_A_SECOND;
    said.rate = lasts_s > 0 ? Math.max(0.8, Math.min(1.8, usual_s / lasts_s)) : 1;
    speechSynthesis.speak(said);
  }

  hush(): void {
    if (typeof speechSynthesis !== "undefined") speechSynthesis.cancel();
  }
}
