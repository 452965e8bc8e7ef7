// The weather on the telephone, with @jambonz/sdk: ws://127.0.0.1:3000/weather
import http from 'node:http';
import {createEndpoint} from '@jambonz/sdk/websocket';
import weather from './weather.cjs';

const AS_DOCUMENTED = process.env.SDK === 'as documented'; // without the work-around below

const port = Number(process.env.PORT || 3000);
const server = http.createServer();
const makeService = createEndpoint({server, port});
const service = makeService({path: '/weather'});
const calls = new Set();

const assistant = (apiKey) => ({
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

service.on('session:new', (session) => {
  session
    .on('/event', (event) => console.log(`event ${event.type}`))
    .on('/toolCall', async ({name, args, tool_call_id}) => {
      const output = name === 'get_weather' ?
        await weather.getWeather(args).catch((error) => ({error: error.message})) :
        {error: `there is no tool ${name}`};
      session.sendToolOutput(tool_call_id, {
        type: 'conversation.item.create',
        item: {type: 'function_call_output', call_id: tool_call_id, output: JSON.stringify(output)},
      });
    })
    .on('/final', ({completion_reason, error}) => {
      if (['server failure', 'server error'].includes(completion_reason)) {
        const wait = error?.code === 'rate_limit_exceeded' && /try again in (\d+)/.exec(error.message);
        session.say({text: wait ?
          `Sorry, you have exceeded your open AI rate limits. Please try again in ${wait[1]} seconds.` :
          'Sorry, the assistant could not answer. Please try again later.'}).hangup();
      }
      session.reply();
    })
    .on('close', () => console.log('the call is over'))
    .on('error', (error) => console.log(`session error ${error.message}`));

  // The SDK tells a reconnected call as a new one: only its sid says that we know it, and nothing has to begin again.
  if (calls.has(session.callSid) && !AS_DOCUMENTED) {
    session.reply();
    return;
  }
  calls.add(session.callSid);
  session
    .answer()
    .pause({length: 1})
    .openai_s2s(assistant(session.data.env_vars?.OPENAI_API_KEY || process.env.OPENAI_API_KEY))
    .hangup()
    .send();
});

console.log(`listening on ws://127.0.0.1:${port}/weather`);
