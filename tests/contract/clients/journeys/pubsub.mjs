// salesforce-pubsub-api-client: signs in, subscribes to a change channel over TLS, and is told of a change with its data.
import { createRequire } from 'node:module';
const require = createRequire(process.argv[2] + '/');
const PubSubApiClient = require('salesforce-pubsub-api-client').default ?? require('salesforce-pubsub-api-client');
const jsforce = require('jsforce');
const env = process.env;
const conn = new jsforce.Connection({ loginUrl: env.SF_URL, version: '62.0' });
await conn.login(env.SF_USERNAME, env.SF_PASSWORD + env.SF_SECURITY_TOKEN);
const quiet = { debug() {}, info() {}, warn() {}, error: console.error };
const options = { authType: 'user-supplied', accessToken: conn.accessToken, instanceUrl: 'https://isthmus.my.salesforce.com', organizationId: conn.userInfo.organizationId, pubSubEndpoint: env.SF_PUBSUB_TLS, rejectUnauthorizedSsl: false };
const client = new PubSubApiClient(options, quiet);
await client.connect();
const seen = [];
const done = new Promise((resolve, reject) => {
  setTimeout(() => reject(new Error('no event in 20 s')), 20000);
  client.subscribe('/data/AccountChangeEvent', (subscription, type, data) => {
    if (type === 'error') reject(data);
    if (type === 'event') { seen.push(data); if (seen.length === 2) resolve(); }
  }, 2);
});
setTimeout(async () => { const made = await conn.sobject('Account').create({ Name: 'Pub ä' }); await conn.sobject('Account').update({ Id: made.id, Phone: '5' }); }, 700);
await done;
const [first, second] = seen.map((event) => event.payload);
console.log(JSON.stringify({ name: first.Name, kinds: [first.ChangeEventHeader.changeType, second.ChangeEventHeader.changeType], changed: second.ChangeEventHeader.changedFields, phone: second.Phone, replay: seen[1].replayId > seen[0].replayId }));
process.exit(0);
