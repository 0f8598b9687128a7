// node-suitetalk: one signature for the whole connection, records in their own namespaces, the WSDL given as second argument.
import { createRequire } from 'node:module';
const require = createRequire(process.argv[2] + '/');
const NetSuite = require('node-suitetalk');
const env = process.env, version = process.argv[4] ?? '2023_2';
const told = {};
const step = async (name, work) => { try { told[name] = await work(); } catch (error) { console.error(name, error); told[name] = { raised: error.name, words: String(error.message).slice(0, 300) }; } };
const { Configuration, Service, Record } = NetSuite;
const config = new Configuration({ account: env.NS_ACCOUNT, apiVersion: version, accountSpecificUrl: false, wsdlPath: process.argv[3], token: { consumer_key: env.NS_CONSUMER_KEY, consumer_secret: env.NS_CONSUMER_SECRET, token_key: env.NS_TOKEN_ID, token_secret: env.NS_TOKEN_SECRET } });
const service = new Service(config);
await step('init', async () => { await service.init(); service.config.client.setEndpoint(`${env.NS_URL}/services/NetSuitePort_${version}`); return true; });
const text = (field, value) => { const one = new Record.Fields.StringRef(); one.field = field; one.value = value; return one; };
const answer = (found) => JSON.stringify(found).slice(0, 400);
await step('upsert', async () => {
  const record = new Record.Types.Customer();
  record.externalId = 'NST-1';
  const place = new Record.Fields.RecordRef(); place.field = 'subsidiary'; place.internalId = '1';
  record.bodyFieldList.push(text('companyName', 'Suitetalk ä'), place);
  const found = await service.upsert(record);
  return found.writeResponse?.status?.$attributes?.isSuccess ?? answer(found);
});
await step('get', async () => {
  const ref = new Record.Types.RecordRef(); ref.externalId = 'NST-1'; ref.type = 'customer';
  const found = await service.get(ref);
  return found.readResponse?.record?.companyName ?? answer(found);
});
console.log(JSON.stringify(told));
process.exit(0);
