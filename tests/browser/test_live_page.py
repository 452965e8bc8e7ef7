"""The live page, as a person meets it: a phone to call with, and the call as it grows. Behind it stands a server that plays real journals."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import wave
from collections.abc import Callable, Iterator
from time import monotonic
from typing import TYPE_CHECKING, Any

import pytest

from simulator.speech import hear, speak
from tests.browser.conftest import SCREENSHOTS, find_browser
from tests.browser.fake_live import FakeLive, Json, read
from tests.npm import locked
from tests.playing import ROOT
from tests.report.runs import NASTY

try:
    from playwright.sync_api import expect
except ImportError:
    if os.environ.get("CI"):
        raise
    pytest.skip("playwright is not installed: pip install -e '.[dev]'", allow_module_level=True)

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CALL = """
name: the caller asks for the weather, interrupts the answer, and meets a limit
world:
  - stub: GET https://geocoding-api.open-meteo.com/v1/search
    reply: {json: {results: [{name: Berlin, country: Germany, latitude: 52.52, longitude: 13.41}]}}
  - stub: GET https://api.open-meteo.com/v1/forecast
    reply: {json: {current: {temperature_2m: 21.4, wind_speed_10m: 9.7}, current_units: {wind_speed_10m: km/h}}, after: 400ms}
steps:
  - model: {say: "Hello, which place may I look up for you?"}
  - caller: {say: "What is the weather in Berlin?"}
  - model: {call: get_weather, with: {location: Berlin, scale: celsius}}
  - model: {say: "It is twenty one degrees in Berlin right now, with a light breeze from the west, and it will stay like that until the evening."}
  - caller: {interrupt: "And in Paris?", after: 1.2s}
  - model: {fail: rate_limit_exceeded, try_again_in: 20s}
  - expect: {heard: /20 seconds/, within: 10s}
  - expect: {call: completed, by: app}
"""
SCENARIO = "scenarios/tools/weather.yaml::the caller asks for the weather"
FINDING = {
    "code": "J004",
    "title": "what wants an answer gets one",
    "severity": "error",
    "problem": "session:new was answered late",
    "remedy": "answer first, and work then",
    "seqs": [2],
}
WORDS = "What is the weather in Berlin today please"
APOLOGY = "Sorry, you have exceeded your open AI rate limits. Please try again in 20 seconds."

SPEAKER = """
const connect = AudioNode.prototype.connect;
AudioNode.prototype.connect = function (to, ...more) {
  if (to instanceof AudioDestinationNode) {
    window.overheard = new AnalyserNode(this.context, {fftSize: 2048});
    connect.call(this, window.overheard);
  }
  return connect.call(this, to, ...more);
};
window.loudness = () => {
  const samples = new Float32Array(2048);
  window.overheard?.getFloatTimeDomainData(samples);
  return Math.max(...samples.map(Math.abs));
};
"""
VOICES = """
window.voice = [];
const synthesis = {getVoices: () => VOICES, speak: (one) => window.voice.push(one.text), cancel: () => window.voice.push("(hush)")};
Object.defineProperty(window, "speechSynthesis", {value: synthesis});
"""
EARS = """
window.asked = 0;
const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
navigator.mediaDevices.getUserMedia = (what) => { window.asked += 1; window.wanted = what; return ask(what); };
"""

Open = Callable[..., "Opened"]


class Opened:
    """The page, open in a window of its own."""

    def __init__(self, page: Page) -> None:
        self.page, self.complaints = page, list[str]()
        page.on("console", lambda message: self.complaints.append(message.text))
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        page.on("dialog", lambda dialog: (self.complaints.append(f"dialog {dialog.message}"), dialog.dismiss()))

    def shot(self, name: str) -> None:
        """A screenshot for people, kept as an artefact."""
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        self.page.screenshot(path=SCREENSHOTS / f"live-{name}.png")

    def press(self, name: str) -> None:
        """Click the button of that name."""
        self.page.get_by_role("button", name=name, exact=True).click()

    def say(self, text: str, keys: str = "Enter") -> None:
        """Write into the phone, and press Enter."""
        box = self.page.get_by_label("say on phone A", exact=True)
        box.fill(text)
        box.press(keys)

    def until(self, script: str, within_s: float = 10.0) -> None:
        """Wait until that is true on the page. (Not `wait_for_function`: the page's policy forbids what that does.)"""
        ends_s = monotonic() + within_s
        while not self.page.evaluate(script):
            assert monotonic() < ends_s, f"{script}: not within {within_s} s"
            self.page.wait_for_timeout(20)

    def turn(self, phone: str = "A") -> None:
        """Wait until nobody speaks, so that what is said interrupts nobody."""
        expect(self.page.get_by_role("region", name=f"phone {phone}").get_by_role("button", name="Say", exact=True)).to_be_visible()

    @property
    def said(self) -> Any:
        """What was said on phone A."""
        return self.page.get_by_label("what was said on phone A")


@pytest.fixture(scope="module")
def frames(tmp_path_factory: pytest.TempPathFactory) -> list[Json]:
    """The journal of a real call with the weather assistant."""
    folder = tmp_path_factory.mktemp("call")
    (folder / "call.yaml").write_text(CALL, encoding="utf-8")
    command = [sys.executable, "-m", "simulator", "run", str(folder / "call.yaml"), "--app", "app.server:create_app", "--journal", str(folder)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stdout + done.stderr
    return read(next(folder.glob("*.jsonl")))


@pytest.fixture(scope="module")
def ear_browser(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Browser]:
    """A browser whose microphone hears somebody speak, over and over, with silence between."""
    from playwright.sync_api import sync_playwright

    program = find_browser()
    sound = tmp_path_factory.mktemp("sound") / "speech.wav"
    with wave.open(str(sound), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(24_000)
        file.writeframes(bytes(24_000) + speak(WORDS, 24_000).pcm + bytes(24_000))
    heard = ["--use-fake-device-for-media-stream", "--use-fake-ui-for-media-stream", f"--use-file-for-fake-audio-capture={sound}"]
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", *heard])
        yield running
        running.close()


@pytest.fixture
def open_live(ear_browser: Browser) -> Iterator[Open]:
    """Opens the page of a server; `scripts` run before it."""
    contexts = []

    def open_(server: FakeLive, *scripts: str, width: int = 1280, height: int = 720, dark: bool = False) -> Opened:
        context = ear_browser.new_context(
            viewport={"width": width, "height": height}, color_scheme="dark" if dark else "light", reduced_motion="reduce"
        )
        contexts.append(context)
        context.set_default_timeout(10_000)
        for script in scripts:
            context.add_init_script(script)
        opened = Opened(context.new_page())
        opened.page.goto(server.url)
        return opened

    yield open_
    for context in contexts:
        context.close()


@pytest.fixture
def server(frames: list[Json]) -> Iterator[FakeLive]:
    with FakeLive({"": frames, SCENARIO: frames}, speed=5.0) as running:
        yield running


def calling(open_live: Open, server: FakeLive, *scripts: str, **more: Any) -> Opened:
    """A call that is up."""
    opened = open_live(server, *scripts, **more)
    opened.press("Call")
    expect(opened.page.get_by_text("on the line")).to_be_visible()
    return opened


# --- a call


def test_a_call_from_hello_to_apology(open_live: Open, server: FakeLive) -> None:
    server.findings.append(FINDING)
    opened = open_live(server)
    expect(opened.page.get_by_role("heading", name="Call your application")).to_be_visible()
    expect(opened.page.get_by_role("status", name="application")).to_contain_text("app.server:create_app ready")
    opened.shot("start")
    opened.press("Call")
    expect(opened.said).to_contain_text("Hello, which place may I look up for you?")
    opened.shot("greeting")
    opened.turn()
    opened.say("What is the weather in Berlin?")
    expect(opened.said).to_contain_text("get_weather answered")
    expect(opened.said).to_contain_text("It is twenty one degrees")
    opened.page.get_by_label("say on phone A", exact=True).fill("And in Paris?")
    expect(opened.page.get_by_role("button", name="Interrupt")).to_be_visible()
    opened.shot("tool-and-answer")
    opened.say("And in Paris?")
    expect(opened.said.locator("s.cut").first).to_contain_text("in Berlin right now")
    expect(opened.said).to_contain_text("the model failed: rate_limit_exceeded")
    expect(opened.said).to_contain_text(APOLOGY)
    opened.shot("cut-off-and-apology")
    expect(opened.said).to_contain_text("the call has ended")
    expect(opened.page.get_by_role("button", name="Call", exact=True)).to_be_visible()
    opened.page.get_by_role("tab", name="Findings").click()
    expect(opened.page.get_by_role("tabpanel", name="Findings")).to_contain_text("answer first, and work then")
    opened.shot("findings")
    assert [one["text"] for one in server.did("say")] == ["What is the weather in Berlin?"]
    assert [one["text"] for one in server.did("interrupt")] == ["And in Paris?"]
    assert opened.complaints == []


def test_the_form_says_who_calls_whom_and_with_what(open_live: Open, server: FakeLive) -> None:
    opened = open_live(server)
    opened.page.get_by_label("From", exact=True).fill("+4930123")
    opened.page.get_by_label("To", exact=True).fill("+4940456")
    opened.page.get_by_text("Direction, variables, headers").click()
    opened.press("outbound")
    opened.page.get_by_label("Application variables").fill("GREETING=hi = there\nnonsense")
    opened.page.get_by_label("Headers of the INVITE").fill("X-Customer: 42")
    opened.press("Call")
    expect(opened.page.get_by_role("alert")).to_contain_text("variables, line 2: write NAME=value")
    opened.shot("form")
    assert server.did("call") == []
    opened.page.get_by_label("Application variables").fill("GREETING=hi = there")
    opened.press("Call")
    expect(opened.page.get_by_text("on the line")).to_be_visible()
    assert server.did("call") == [
        {
            "phone": "a",
            "from": "+4930123",
            "to": "+4940456",
            "direction": "outbound",
            "env_vars": {"GREETING": "hi = there"},
            "headers": {"X-Customer": "42"},
        }
    ]


def test_who_talks_over_the_assistant_interrupts_unless_the_switch_or_shift_says_otherwise(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server)
    expect(opened.said).to_contain_text("Hello, which place")
    opened.turn()
    opened.say("What is the weather in Berlin?")
    expect(opened.page.get_by_role("button", name="Interrupt")).to_be_visible()
    opened.press("Wait for my turn")
    expect(opened.page.get_by_role("button", name="Interrupt")).to_have_count(0)
    opened.say("politely", "Shift+Enter")
    expect(opened.said.locator("s.cut").first).to_be_visible()
    assert [one["text"] for one in server.did("say")] == ["What is the weather in Berlin?"]
    assert [one["text"] for one in server.did("interrupt")] == ["politely"], "with Shift it is the other way round, once"


def test_keys_of_the_keypad_are_pressed(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server)
    opened.page.get_by_role("tab", name="Keypad").click()
    for key in ("1", "0", "star", "hash"):
        opened.press(f"press {key}")
    expect(opened.page.get_by_label("keys pressed")).to_have_text("10*#")
    opened.shot("keypad")
    assert [one["digits"] for one in server.did("press")] == ["1", "0", "*", "#"]


def test_mute_and_hang_up(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server)
    opened.press("Mute")
    opened.press("Muted")
    opened.press("Hang up")
    expect(opened.page.get_by_role("button", name="Mute")).to_be_visible()
    assert [one["on"] for one in server.did("mute")] == [True, False]
    assert server.did("hang_up") == [{"phone": "a"}]


def test_every_trouble_is_one_click_and_says_what_it_does(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server)
    table = json.loads((ROOT / "web/src/live/trouble.json").read_text(encoding="utf-8"))
    steps = []
    for group in table:
        for one in group["troubles"]:
            button = opened.page.get_by_role("group", name=group["where"]).get_by_role("button", name=f"{group['where']}: {one['name']}.")
            expect(button).to_have_attribute("title", one["does"])
            button.click()
            steps += [one["step"]] if "step" in one else []
    opened.shot("trouble")
    assert [one["step"] for one in server.did("step")] == steps
    assert (server.did("cough"), server.did("bad_line")) == ([{"phone": "a"}], [{"phone": "a", "on": True}])


def test_two_phones_side_by_side(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server)
    opened.press("Second phone")
    second = opened.page.get_by_role("region", name="phone B")
    second.get_by_role("button", name="Call", exact=True).click()
    expect(second.get_by_text("on the line")).to_be_visible()
    expect(opened.page.get_by_label("what was said on phone B")).to_contain_text("Hello, which place")
    opened.turn("B")
    second.get_by_label("say on phone B", exact=True).fill("hello")
    second.get_by_label("say on phone B", exact=True).press("Enter")
    expect(opened.page.get_by_role("navigation", name="calls of this session").get_by_role("button")).to_have_count(2)
    opened.shot("two-phones")
    assert [one["phone"] for one in server.did("call")] == ["a", "b"]
    assert server.did("say") == [{"phone": "b", "text": "hello"}]
    fits(opened)


# --- the call as it grows


def test_the_newest_frame_stays_in_sight_until_one_looks_elsewhere(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server)
    expect(opened.said).to_contain_text("Hello, which place")
    follow = opened.page.get_by_role("button", name="Follow")
    expect(follow).to_have_attribute("aria-pressed", "true")
    box = opened.page.get_by_role("listbox", name="frames of the call")
    assert box.evaluate("box => box.scrollHeight - box.scrollTop - box.clientHeight") < 40
    opened.page.keyboard.press("Escape")
    opened.page.get_by_role("option").first.click()
    expect(follow).to_have_attribute("aria-pressed", "false")
    expect(opened.page.get_by_role("tabpanel", name="Frame")).to_contain_text("Content")
    opened.shot("frame")
    opened.page.keyboard.press("f")
    expect(follow).to_have_attribute("aria-pressed", "true")


def test_what_is_paused_stands_still_while_the_call_goes_on(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server)
    expect(opened.said).to_contain_text("Hello, which place")
    opened.press("Pause")
    shown = opened.page.locator(".shown-count").text_content()
    opened.say("What is the weather in Berlin?")
    expect(opened.said).to_contain_text("get_weather answered")
    expect(opened.page.get_by_role("button", name="Paused")).to_contain_text("behind")
    opened.shot("paused")
    assert opened.page.locator(".shown-count").text_content() == shown
    opened.page.get_by_role("button", name="Paused").click()
    expect(opened.page.locator(".shown-count")).not_to_have_text(shown or "")


def test_the_state_is_that_of_now_with_who_owes_what(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server)
    server.tell({"is": "owed", "call": "c1", "owed": [{"who": "app", "what": "ack of verb:hook /final", "since_s": 0.5}]})
    state = opened.page.get_by_role("tabpanel", name="State")
    expect(state.get_by_role("group", name="the call waits for")).to_contain_text("app ack of verb:hook /final")
    expect(state).to_contain_text("llm")
    expect(state).to_contain_text("get_weather")
    opened.shot("state")


def test_cost_is_shown_as_it_grows(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server)
    server.tell({"is": "cost", "call": "c1", "tokens": {"input": 10}, "usd": 0.0123})
    expect(opened.page.get_by_text("$0.0123")).to_be_visible()


def test_a_finished_call_can_be_looked_at_while_another_goes_on(open_live: Open, server: FakeLive) -> None:
    opened = open_live(server)
    opened.press(f"play {SCENARIO.partition('::')[2]}")
    calls = opened.page.get_by_role("navigation", name="calls of this session")
    expect(opened.page.get_by_role("button", name="passed", exact=True)).to_be_visible()
    opened.press("Call")
    expect(opened.page.get_by_text("on the line")).to_be_visible()
    calls.get_by_role("button").first.click()
    expect(opened.page.get_by_role("heading", name="the caller asks for the weather")).to_be_visible()
    opened.page.get_by_role("searchbox", name="search frames").fill("get_weather")
    expect(opened.page.get_by_role("option").filter(has_text="llm:tool-call")).to_be_visible()
    expect(opened.page.get_by_role("option").filter(has_text="heard")).to_have_count(0)
    opened.shot("finished-call")


# --- scenarios, keeping


def test_a_scenario_is_played_step_by_step(open_live: Open, server: FakeLive) -> None:
    opened = open_live(server)
    opened.press("Step")
    opened.press(f"play {SCENARIO.partition('::')[2]}")
    opened.page.get_by_role("tab", name="Scenarios").click()
    opened.press("Next")
    opened.shot("scenario-step-by-step")
    assert server.did("play") == [{"scenario": SCENARIO, "speed": "step"}]
    assert server.did("next") == [{}]
    opened.press("Stop")
    assert server.did("stop") == [{}]


def test_a_call_is_kept_as_a_scenario_and_its_text_is_shown(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server)
    expect(opened.said).to_contain_text("Hello, which place")
    opened.say("What is the weather in Berlin?")
    expect(opened.said).to_contain_text("get_weather answered")
    opened.page.get_by_role("tab", name="Keep").click()
    expect(opened.page.get_by_label("File", exact=True)).to_have_value("scenarios/what-is-the-weather-in.yaml")
    opened.press("Save")
    expect(opened.page.get_by_role("form", name="keep this call")).to_contain_text("passes")
    expect(opened.page.get_by_label("the scenario")).to_contain_text("name: kept")
    opened.shot("kept")
    assert server.did("save") == [{"call": "c1", "file": "scenarios/what-is-the-weather-in.yaml"}]


# --- sound


def test_the_microphone_is_asked_for_only_after_a_click_and_every_word_arrives(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server, EARS)
    assert opened.page.evaluate("asked") == 0
    opened.press("Microphone")
    expect(opened.page.get_by_role("button", name="Microphone is on")).to_be_visible()
    assert opened.page.evaluate("[asked, wanted.audio.echoCancellation]") == [1, True]
    assert server.did("mic") == [{"phone": "a", "hz": 24_000}]
    opened.until("document.querySelectorAll('.meter .lit').length >= 3")
    opened.shot("microphone")
    opened.page.wait_for_timeout(6_000)  # as long as it takes to say it, once from beginning to end
    heard = hear_words(server, 0)
    assert WORDS in heard, heard
    opened.press("Microphone is on")
    expect(opened.page.get_by_role("button", name="Microphone", exact=True)).to_be_visible()
    assert server.did("mic")[-1] == {"phone": "a", "hz": None}


def hear_words(server: FakeLive, phone: int) -> str:
    return " ".join(word.text for word in hear(bytes(server.sound.get(phone, b"")), 24_000))


def test_who_is_muted_sends_no_sound(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server)
    opened.press("Mute")
    opened.press("Microphone")
    expect(opened.page.get_by_role("button", name="Microphone is on")).to_be_visible()
    opened.page.wait_for_timeout(400)
    assert server.sound == {}


def test_a_microphone_that_the_server_does_not_take_is_switched_off_again(open_live: Open, server: FakeLive) -> None:
    server.refuses["mic"] = {"problem": "no microphone here", "remedy": "say it in words"}
    opened = calling(open_live, server)
    opened.press("Microphone")
    expect(opened.page.get_by_role("alert")).to_contain_text("no microphone here say it in words")
    expect(opened.page.get_by_role("button", name="Microphone", exact=True)).to_be_visible()
    assert [one["hz"] for one in server.did("mic")] == [24_000]


def test_a_microphone_that_is_refused_is_said_and_typing_goes_on(open_live: Open, server: FakeLive) -> None:
    refuse = "navigator.mediaDevices.getUserMedia = () => Promise.reject(new DOMException('no', 'NotAllowedError'));"
    opened = calling(open_live, server, refuse)
    opened.press("Microphone")
    expect(opened.page.get_by_role("alert")).to_contain_text("The browser does not let this page hear the microphone. Allow it in the address bar")
    opened.shot("microphone-refused")
    opened.say("What is the weather in Berlin?")
    expect(opened.said).to_contain_text("What is the weather in Berlin?")


def test_sound_of_the_model_is_heard_and_stops_at_once_when_it_is_silenced(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server, SPEAKER)
    pcm = speak("one two three four five six seven eight nine ten", 24_000).pcm
    server.tell(*(b"\x00" + pcm[at : at + 4_800] for at in range(0, len(pcm), 4_800)))
    opened.until("loudness() > 0.05")
    server.tell({"is": "silenced", "phone": "a", "heard": "one"})
    opened.until("loudness() < 0.0001", within_s=1.0)


def test_simulated_speech_is_said_by_the_browsers_voice_and_hushed(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server, VOICES.replace("VOICES", "[{}]"))
    opened.until("voice.length > 0")
    assert opened.page.evaluate("voice") == ["Hello, which place may I look up for you?"]
    server.tell({"is": "silenced", "phone": "a", "heard": "Hello"})
    opened.until("voice.includes('(hush)')")
    opened.press("Voice")
    count = opened.page.evaluate("voice.length")
    server.tell({"is": "speaks", "phone": "a", "text": "more", "item_id": "i", "lasts_s": 1})
    expect(opened.page.get_by_role("button", name="Voice")).to_have_attribute("aria-pressed", "false")
    assert opened.page.evaluate("voice.length") == count


def test_without_voices_there_is_only_text(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server, VOICES.replace("VOICES", "[]"))
    expect(opened.said).to_contain_text("Hello, which place")
    assert opened.page.evaluate("voice") == []


# --- trouble with the server, and from it


def test_a_server_that_goes_is_said_to_be_gone_and_met_again(open_live: Open, server: FakeLive) -> None:
    opened = calling(open_live, server)
    expect(opened.said).to_contain_text("Hello, which place")
    server.stop()
    expect(opened.page.get_by_text("The server is gone.")).to_be_visible()
    expect(opened.said).to_contain_text("Hello, which place")
    expect(opened.page.get_by_role("button", name="Hang up")).to_be_disabled()
    opened.shot("server-gone")
    server.start()
    expect(opened.page.get_by_text("The server is gone.")).to_have_count(0)
    expect(opened.page.get_by_text("free", exact=True)).to_be_visible()
    opened.press("Call")
    expect(opened.page.get_by_role("navigation", name="calls of this session").get_by_role("button")).to_have_count(2)


def test_what_is_refused_is_said_with_its_remedy_at_the_phone(open_live: Open, server: FakeLive) -> None:
    server.refuses["call"] = {"problem": "phone a is in a call", "remedy": "hang up first"}
    opened = open_live(server)
    opened.press("Call")
    alert = opened.page.get_by_role("region", name="phone A").get_by_role("alert")
    expect(alert).to_contain_text("phone a is in a call hang up first")
    opened.shot("refused")
    alert.get_by_role("button", name="dismiss").click()
    expect(alert).to_have_count(0)


def test_an_application_that_does_not_run_is_said_with_its_remedy(open_live: Open, server: FakeLive) -> None:
    opened = open_live(server)
    server.tell({"is": "app", "state": "failed", "problem": "app/server.py:3: SyntaxError", "remedy": "Mend it and save: it is loaded again."})
    expect(opened.page.get_by_role("alert")).to_contain_text("The application does not run. app/server.py:3: SyntaxError Mend it and save")
    expect(opened.page.get_by_role("button", name="Call", exact=True)).to_be_disabled()
    opened.shot("application-failed")
    server.tell({"is": "app", "state": "ready", "problem": "", "remedy": ""})
    expect(opened.page.get_by_role("button", name="Call", exact=True)).to_be_enabled()
    opened.press("Reload app")
    assert server.did("reload") == [{}]


def test_text_is_text_wherever_it_comes_from(open_live: Open, frames: list[Json]) -> None:
    nasty = NASTY.replace("\ud800", "")  # a websocket carries UTF-8, which has no halves of pairs
    hostile = [{**one, "frame": {**one["frame"], "text": nasty, "transcript": nasty, "name": nasty}} for one in frames]
    with FakeLive({"": hostile, f"{nasty}::{nasty}": hostile}, speed=10.0, app={"ref": nasty, "state": "failed"}) as server:
        opened = open_live(server)
        server.tell(
            {"is": "app", "state": "ready", "problem": nasty, "remedy": nasty}, {"is": "refused", "id": None, "problem": nasty, "remedy": nasty}
        )
        opened.press("Call")
        expect(opened.said).to_contain_text("<img src=x")
        server.tell(
            {
                "is": "finding",
                "call": "c1",
                "finding": {"code": nasty, "title": nasty, "severity": "error", "problem": nasty, "remedy": nasty, "seqs": [1]},
            },
            {"is": "speaks", "phone": "a", "text": nasty, "item_id": nasty, "lasts_s": 1},
            {"is": "owed", "call": "c1", "owed": [{"who": nasty, "what": nasty, "since_s": 0}]},
            {"is": "saved", "file": nasty, "yaml": nasty, "passes": False},
            {"is": nasty},
        )
        server.tell(b"", b"\x07\x00")
        for tab in ("State", "Findings", "Scenarios", "Keep"):
            opened.page.get_by_role("tab", name=tab).click()
        opened.shot("hostile")
        assert opened.page.evaluate("document.querySelectorAll('img, iframe, script:not([src])').length") == 0
        assert "\u202e" not in opened.page.inner_text("body")
        assert opened.complaints == []


# --- for everybody


def fits(opened: Opened) -> None:
    sizes = opened.page.evaluate("[document.documentElement.scrollHeight, document.documentElement.scrollWidth, innerHeight, innerWidth]")
    assert sizes[:2] == sizes[2:], "the page itself does not scroll"


@pytest.mark.parametrize("dark", [False, True], ids=["day", "night"])
def test_everybody_can_use_it_and_it_fits_a_small_screen(open_live: Open, server: FakeLive, dark: bool) -> None:
    """Names of controls, roles, contrast: what axe-core checks of WCAG 2 A and AA."""
    axe = (locked(ROOT / "web") / "node_modules/axe-core/axe.min.js").read_text(encoding="utf-8")
    server.findings.append(FINDING)
    opened = open_live(server, dark=dark)
    opened.page.evaluate(axe)
    accessible(opened, "at the start")
    opened.press("Call")
    opened.say("What is the weather in Berlin?")
    opened.page.get_by_label("say on phone A", exact=True).fill("And in Paris?")
    expect(opened.page.get_by_role("button", name="Interrupt")).to_be_visible()
    opened.shot(f"whole-{'night' if dark else 'day'}")
    for tab in ("State", "Scenarios", "Keep"):
        opened.page.get_by_role("tab", name=tab).click()
        accessible(opened, tab)
    fits(opened)
    opened.say("And in Paris?")
    expect(opened.said).to_contain_text("the call has ended")
    opened.page.get_by_role("tab", name="Keypad").click()
    opened.page.get_by_role("tab", name="Findings").click()
    accessible(opened, "Findings")
    fits(opened)


def accessible(opened: Opened, where: str) -> None:
    found = opened.page.evaluate("axe.run(document, {runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa']})")
    assert [f"{where}: {one['id']}: {node['html'][:160]} {node['failureSummary']}" for one in found["violations"] for node in one["nodes"]] == []


def test_a_call_without_a_mouse(open_live: Open, server: FakeLive) -> None:
    opened = open_live(server)
    opened.page.get_by_label("To", exact=True).press("Enter")
    expect(opened.said).to_contain_text("Hello, which place")
    opened.page.keyboard.press("s")
    opened.page.keyboard.type("What is the weather in Berlin?")
    opened.page.keyboard.press("Enter")
    expect(opened.said).to_contain_text("get_weather answered")
    opened.page.keyboard.press("Escape")
    opened.page.keyboard.press("?")
    expect(opened.page.get_by_role("dialog", name="Keys")).to_contain_text("hang up")
    opened.shot("keys")
    opened.page.keyboard.press("Escape")
    for key in ("m", "j", "k", "Shift+H"):
        opened.page.keyboard.press(key)
    assert [one["on"] for one in server.did("mute")] == [True]
    assert server.did("hang_up") == [{"phone": "a"}]
