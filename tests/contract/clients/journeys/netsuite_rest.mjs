// netsuite-rest and @fye/netsuite-rest-api: records and SuiteQL through clients that repeat refused calls by themselves.
import { createRequire } from 'node:module';
const require = createRequire(process.argv[2] + '/');
const env = process.env, url = env.NS_URL;
const told = {};
const step = async (name, work) => { try { told[name] = await work(); } catch (error) { console.error(name, error); told[name] = { raised: error.name, words: String(error.message).slice(0, 300), status: error.statusCode ?? error.response?.statusCode }; } };
const keys = { consumer_key: env.NS_CONSUMER_KEY, consumer_secret_key: env.NS_CONSUMER_SECRET, token: env.NS_TOKEN_ID, token_secret: env.NS_TOKEN_SECRET, realm: env.NS_ACCOUNT };
const found = require('netsuite-rest'), NsApiWrapper = found.default ?? found.NsApiWrapper ?? found;
const api = new NsApiWrapper({ ...keys, base_url: url });
const call = (path, method = 'GET', body = null) => api.request({ path, method, body: body ? JSON.stringify(body) : undefined });
await step('put', async () => (await call('record/v1/customer/eid:NR-1', 'PUT', { companyName: 'Rest ä', subsidiary: { id: '1' } })).statusCode);
await step('get', async () => (await call('record/v1/customer/eid:NR-1')).data.companyName);
await step('create', async () => { const made = await call('record/v1/customer', 'POST', { companyName: 'Rest two', subsidiary: { id: '1' } }); return [made.statusCode, made.headers === undefined]; });
await step('suiteql', async () => (await call('query/v1/suiteql?limit=5', 'POST', { q: "SELECT companyname FROM customer WHERE externalid = 'NR-1'" })).data.items);
await step('delete', async () => (await call('record/v1/customer/eid:NR-1', 'DELETE')).statusCode);
await step('gone', async () => (await call('record/v1/customer/eid:NR-1')).statusCode);
const fye = require('@fye/netsuite-rest-api');
const config = { netsuiteApiHost: new URL(url).host, testEnv: true, consumerKey: env.NS_CONSUMER_KEY, consumerSecret: env.NS_CONSUMER_SECRET, netsuiteAccountId: env.NS_ACCOUNT, netsuiteTokenKey: env.NS_TOKEN_ID, netsuiteTokenSecret: env.NS_TOKEN_SECRET };
await step('fye suiteql', async () => (await fye.makeRequest(config, { query: 'SELECT id FROM currency', method: 'POST', requestType: 'suiteql' })).body.count);
await step('fye order', async () => {
  const who = (await fye.makeRequest(config, { query: "SELECT id FROM customer WHERE companyname = 'Rest two'", method: 'POST', requestType: 'suiteql' })).body.items[0].id;
  const items = env.NS_ITEM_IDS.split(',').slice(0, 2).map((id) => ({ item: { id }, quantity: 2, rate: 4.5, price: { id: '-1' } }));
  const made = await fye.makeRequest(config, { query: { entity: { id: who }, externalId: 'FYE-1', item: { items } }, method: 'POST', requestType: 'record', path: fye.salesOrderPath });
  const id = made.headers.location.split('/').pop();
  const changed = await fye.update(config, { id, updateValues: { memo: 'changed' }, path: fye.salesOrderPath });
  const read = await fye.makeRequest(config, { method: 'GET', requestType: 'record', path: `${fye.salesOrderPath}/${id}?${fye.expandAbleSubResourcesQueryParam}` });
  return [made.statusCode, changed.statusCode, read.body.total, read.body.memo, read.body.item.items.length];
});
await step('refused', async () => { const answer = await fye.makeRequest({ ...config, netsuiteTokenSecret: 'x' }, { query: 'SELECT id FROM currency', method: 'POST', requestType: 'suiteql' }); return [answer.statusCode, answer.body['o:errorDetails'][0]['o:errorCode']]; });
await step('429 and then 401', async () => {
  await fetch(env.NS_FAULT_URL, { method: 'POST', body: JSON.stringify({ kind: 'busy', match: 'GET .*/customer', times: 1 }) });
  return (await call('record/v1/customer')).statusCode;
});
console.log(JSON.stringify(told));
process.exit(0);
