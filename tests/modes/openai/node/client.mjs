// The `openai` package with `ws`, as a developer would use it: a text turn, then a function call and back.
// Environment: OPENAI_BASE_URL, OPENAI_API_KEY, and NODE_EXTRA_CA_CERTS. The last line on stdout is what happened, as JSON.
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const require = createRequire(join(process.argv[2], "package.json"));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { default: OpenAI } = (await load("openai")).default;
const { OpenAIRealtimeWS } = (await load("openai/realtime/ws")).default;

const tools = [
  {
    type: "function",
    name: "get_weather",
    description: "The weather of a place",
    parameters: { type: "object", properties: { location: { type: "string" } }, required: ["location"] },
  },
];
const seen = { types: [], errors: [], text: "", call: null, final: "" };
const client = new OpenAIRealtimeWS({ model: "gpt-realtime" }, new OpenAI());

const user = (text) => ({ type: "message", role: "user", content: [{ type: "input_text", text }] });
const ask = (item) => {
  client.send({ type: "conversation.item.create", item });
  client.send({ type: "response.create" });
};
const turns = [
  (output) => {
    seen.text = output[0].content[0].text;
    ask(user("What is the weather in Berlin?"));
  },
  (output) => {
    seen.call = { name: output[0].name, arguments: JSON.parse(output[0].arguments) };
    ask({ type: "function_call_output", call_id: output[0].call_id, output: JSON.stringify({ celsius: 21 }) });
  },
  (output) => {
    seen.final = output[0].content[0].text;
    client.close();
  },
];

client.on("error", (error) => {
  seen.errors.push(String(error));
  client.socket.terminate();
});
client.on("event", (event) => seen.types.push(event.type));
client.on("session.created", () => client.send({ type: "session.update", session: { type: "realtime", output_modalities: ["text"], tools } }));
client.on("session.updated", () => ask(user("Hello")));
client.on("response.done", ({ response }) => turns.shift()(response.output));
client.socket.on("close", (code) => console.log(JSON.stringify({ ...seen, code, url: client.url.href })));
