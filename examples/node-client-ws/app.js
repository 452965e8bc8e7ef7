// The weather on the telephone, with @jambonz/node-client-ws: ws://127.0.0.1:3000/weather
'use strict';
const {createServer} = require('node:http');
const {createEndpoint} = require('@jambonz/node-client-ws');
const {getWeather} = require('./weather');

const AS_DOCUMENTED = process.env.SDK === 'as documented'; // without the work-around below

const server = createServer();
const makeService = createEndpoint({server});
const service = makeService({path: '/weather'});

const assistant = (apiKey) => ({
  vendor: 'openai',
  model: 'gpt-realtime',
  auth: {apiKey},
  actionHook: '/final',
  eventHook: '/event',
  toolHook: '/toolCall',
  events: ['conversation.item.*', 'response.audio_transcript.done', 'input_audio_buffer.committed'],
  llmOptions: {
    response_create: {instructions: 'Greet the caller, and ask which place to look up.'},
    session_update: {
      type: 'realtime',
      instructions: 'Tell callers about the weather, in one short sentence.',
      tools: [{
        type: 'function',
        name: 'get_weather',
        description: 'Gets the current weather at a place',
        parameters: {
          type: 'object',
          properties: {
            location: {type: 'string', description: 'the name of the city alone'},
            scale: {type: 'string', enum: ['celsius', 'fahrenheit']},
          },
          required: ['location', 'scale'],
        },
      }],
      tool_choice: 'auto',
      audio: {
        input: {
          transcription: {model: 'whisper-1'},
          turn_detection: {type: 'server_vad', threshold: 0.8, prefix_padding_ms: 300, silence_duration_ms: 500},
        },
      },
    },
  },
});

function listen(session) {
  session
    .on('/event', (event) => console.log(`event ${event.type}`))
    .on('/toolCall', (call) => onToolCall(session, call))
    .on('/final', (result) => onFinal(session, result))
    .on('close', () => console.log('the call is over'))
    .on('error', (error) => console.log(`session error ${error.message}`));
}

async function onToolCall(session, {name, args, tool_call_id}) {
  const output = name === 'get_weather' ?
    await getWeather(args).catch((error) => ({error: error.message})) :
    {error: `there is no tool ${name}`};
  session.sendToolOutput(tool_call_id, {
    type: 'conversation.item.create',
    item: {type: 'function_call_output', call_id: tool_call_id, output: JSON.stringify(output)},
  });
}

function onFinal(session, {completion_reason, error}) {
  if (['server failure', 'server error'].includes(completion_reason)) {
    const wait = error?.code === 'rate_limit_exceeded' && /try again in (\d+)/.exec(error.message);
    session.say({text: wait ?
      `Sorry, you have exceeded your open AI rate limits. Please try again in ${wait[1]} seconds.` :
      'Sorry, the assistant could not answer. Please try again later.'}).hangup();
  }
  session.reply();
}

service.on('session:new', (session) => {
  listen(session);
  session
    .answer()
    .pause({length: 1})
    .llm(assistant(session.env_vars?.OPENAI_API_KEY || process.env.OPENAI_API_KEY))
    .hangup()
    .send();
});

// The SDK only emits this: without an acknowledgement jambonz ends the call after five seconds.
if (!AS_DOCUMENTED) {
  service.on('session:reconnect', (session) => {
    listen(session);
    session.reply();
  });
}

const port = Number(process.env.PORT || 3000);
server.listen(port, '127.0.0.1', () => console.log(`listening on ws://127.0.0.1:${port}/weather`));
