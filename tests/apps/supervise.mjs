// Answers a call, looks at it with the REST client of @jambonz/sdk, and ends it there: ws://127.0.0.1:3000/
import http from 'node:http';
import {JambonzClient} from '@jambonz/sdk/client';
import {createEndpoint} from '@jambonz/sdk/websocket';

const {JAMBONZ_BASE_URL: baseUrl, JAMBONZ_ACCOUNT_SID: accountSid, JAMBONZ_API_KEY: apiKey} = process.env;
const client = new JambonzClient({baseUrl, accountSid, apiKey});
const port = Number(process.env.PORT);
const server = http.createServer();
const service = createEndpoint({server, port})({path: '/'});

service.on('session:new', (session) => {
  session.on('call:status', async({call_sid, call_status}) => {
    if (call_status !== 'in-progress') return;
    const [listed] = await client.calls.list({callStatus: 'in-progress'});
    const {direction} = await client.calls.get(listed.call_sid);
    const {inbound} = await client.calls.count();
    await client.calls.update(call_sid, {tag: {direction, inbound}});
    await client.calls.update(call_sid, {call_status: 'completed'});
  });
  session.say({text: 'One moment please, while somebody looks at this call.'}).pause({length: 60}).send();
});
