// jsforce 3: SOAP and OAuth sign-in, records, queries, collections, both bulk APIs, composite and streaming, over plain HTTP.
import { createRequire } from 'node:module';
const require = createRequire(process.argv[2] + '/');
const jsforce = require('jsforce');
const { StreamingExtension } = require('jsforce/lib/api/streaming');
const env = process.env, url = env.SF_URL, field = env.SF_EXT_FIELD;
const told = {};
const step = async (name, work) => {
  try { told[name] = await work(); } catch (error) { console.error(name, error); told[name] = { raised: error.errorCode || error.name, words: String(error.message).slice(0, 400) }; }
  return told[name];
};
const conn = new jsforce.Connection({ loginUrl: url, version: '62.0' });
await step('soap login', async () => { const who = await conn.login(env.SF_USERNAME, env.SF_PASSWORD + env.SF_SECURITY_TOKEN); return [who.organizationId, conn.instanceUrl === url]; });
await step('oauth login', async () => {
  const oauth2 = { loginUrl: url, clientId: env.SF_CLIENT_ID, clientSecret: env.SF_CLIENT_SECRET };
  const other = new jsforce.Connection({ oauth2 });
  const who = await other.login(env.SF_USERNAME, env.SF_PASSWORD + env.SF_SECURITY_TOKEN);
  return who.organizationId;
});
await step('client credentials', async () => {
  const other = new jsforce.Connection({ instanceUrl: url, oauth2: { loginUrl: url, clientId: env.SF_CLIENT_ID, clientSecret: env.SF_CLIENT_SECRET } });
  const who = await other.authorize({ grant_type: 'client_credentials' });
  return who.organizationId;
});
await step('refresh', async () => {
  const oauth2 = new jsforce.OAuth2({ loginUrl: url, clientId: env.SF_CLIENT_ID, clientSecret: env.SF_CLIENT_SECRET });
  let renewals = 0;
  const other = new jsforce.Connection({ oauth2, instanceUrl: url, accessToken: 'dead', refreshFn: async (c, done) => { renewals += 1; await c.authorize({ grant_type: 'client_credentials' }); done(null, c.accessToken); } });
  const found = await other.query('SELECT Id FROM User LIMIT 1');
  return [found.totalSize, renewals];
});
await step('wrong password', async () => { await new jsforce.Connection({ loginUrl: url }).login(env.SF_USERNAME, 'x'); });
await step('identity', async () => (await conn.identity()).username);
const one = await step('create', async () => (await conn.sobject('Account').create({ Name: 'JS Ä', BillingCity: 'Köln' })).success);
await step('create many', async () => { const made = await conn.sobject('Account').create(Array.from({ length: 201 }, (_, n) => ({ Name: `JS ${String(n).padStart(3, '0')}`, [field]: `JS-${n}` })), { allowRecursive: true }); return [made.length, made.filter((row) => row.success).length]; });
await step('query', async () => { const found = await conn.query("SELECT Id, Name, Owner.Name FROM Account WHERE Name = 'JS Ä'"); return [found.totalSize, found.records[0].Owner.Name]; });
await step('auto fetch', async () => { const found = await conn.query("SELECT Id FROM Account WHERE Name LIKE 'JS %'", { autoFetch: true, maxFetch: 1000, headers: { 'Sforce-Query-Options': 'batchSize=200' } }); return found.records.length; });
await step('find', async () => (await conn.sobject('Account').find({ Name: { $like: 'JS 00%' } }, ['Id', 'Name']).sort('-Name').limit(3).execute()).map((row) => row.Name));
await step('retrieve many', async () => { const ids = (await conn.query("SELECT Id FROM Account WHERE Name LIKE 'JS 00%' ORDER BY Name")).records.map((row) => row.Id); return (await conn.sobject('Account').retrieve(ids)).map((row) => row.Name).slice(0, 2); });
await step('upsert', async () => { const made = await conn.sobject('Account').upsert({ [field]: 'JS-0', Name: 'JS 000 changed' }, field); return [made.success, made.created]; });
await step('upsert many', async () => (await conn.sobject('Account').upsert([{ [field]: 'JS-1', Name: 'JS 001 changed' }, { [field]: 'JS-new', Name: 'JS new' }, { [field]: 'JS-bad', Name: '' }], field)).map((row) => [row.success, row.created ?? null, row.errors?.[0]?.statusCode ?? null]));
await step('update many', async () => { const rows = (await conn.query("SELECT Id FROM Account WHERE Name LIKE 'JS 01%'")).records; return (await conn.sobject('Account').update(rows.map((row) => ({ Id: row.Id, Phone: '7' })))).every((row) => row.success); });
await step('destroy many', async () => { const rows = (await conn.query("SELECT Id FROM Account WHERE Name LIKE 'JS 19%'")).records; return (await conn.sobject('Account').destroy(rows.map((row) => row.Id))).filter((row) => row.success).length; });
await step('describe', async () => { const found = await conn.sobject('Opportunity').describe(); return [found.name, found.fields.length > 30, found.childRelationships.some((one) => one.relationshipName === 'OpportunityLineItems')]; });
await step('describe all', async () => (await conn.describeGlobal()).sobjects.length > 8);
await step('limit info', async () => { await conn.query('SELECT Id FROM User LIMIT 1'); return conn.limitInfo.apiUsage.limit > 0; });
await step('limits', async () => (await conn.limits()).DailyApiRequests.Max > 0);
await step('composite', async () => {
  const body = { allOrNone: true, compositeRequest: [{ method: 'POST', url: '/services/data/v62.0/sobjects/Account', referenceId: 'a', body: { Name: 'JS composed' } }, { method: 'POST', url: '/services/data/v62.0/sobjects/Contact', referenceId: 'c', body: { LastName: 'JS', AccountId: '@{a.id}' } }] };
  return (await conn.requestPost('/services/data/v62.0/composite', body)).compositeResponse.map((row) => row.httpStatusCode);
});
await step('updated', async () => { const from = new Date(Date.now() - 600000), to = new Date(Date.now() + 120000); return (await conn.sobject('Account').updated(from, to)).ids.length > 100; });
await step('deleted', async () => { const from = new Date(Date.now() - 600000), to = new Date(Date.now() + 120000); return (await conn.sobject('Account').deleted(from, to)).deletedRecords.length >= 10; });
await step('bulk query', async () => {
  conn.bulk.pollInterval = 100; conn.bulk.pollTimeout = 20000;
  const rows = []; const stream = await conn.bulk.query("SELECT Id, Name FROM Account WHERE Name LIKE 'JS 1%'");
  await new Promise((done, fail) => { stream.on('record', (row) => rows.push(row)); stream.on('end', done); stream.on('error', fail); });
  return rows.length;
});
await step('bulk insert', async () => { conn.bulk.pollInterval = 100; conn.bulk.pollTimeout = 20000; const done = await conn.bulk.load('Contact', 'insert', [{ LastName: 'JS bulk 1', Phone: '1' }, { LastName: 'JS bulk 2', Phone: '2' }, { LastName: '', Phone: '3' }]); return done.map((row) => row.success); });
await step('bulk2 ingest', async () => {
  conn.bulk2.pollInterval = 100; conn.bulk2.pollTimeout = 20000;
  const done = await conn.bulk2.loadAndWaitForResults({ object: 'Contact', operation: 'insert', input: [{ LastName: 'JS bulk2 1' }, { LastName: 'JS bulk2 2' }, { LastName: 'x'.repeat(200) }] });
  return [done.successfulResults.length, done.failedResults.length, done.unprocessedRecords.length, done.failedResults[0].sf__Error.split(':')[0]];
});
await step('bulk2 query', async () => { conn.bulk2.pollInterval = 100; conn.bulk2.pollTimeout = 20000; const rows = await (await conn.bulk2.query("SELECT Id, LastName FROM Contact WHERE LastName LIKE 'JS bulk2%'")).toArray(); return rows.map((row) => row.LastName).sort(); });
await step('convert lead', async () => {
  const lead = await conn.sobject('Lead').create({ LastName: 'JS lead', Company: 'JS converted' });
  const status = (await conn.query('SELECT MasterLabel FROM LeadStatus WHERE IsConverted = true')).records[0].MasterLabel;
  const wish = { leadId: lead.id, convertedStatus: status, doNotCreateOpportunity: true, overwriteLeadSource: false, sendNotificationEmail: false };
  const done = await conn.soap.convertLead(wish), again = await conn.soap.convertLead([wish]);
  const account = await conn.sobject('Account').retrieve(done.accountId);
  return [done.success, done.leadId === lead.id, done.opportunityId, account.Name, again[0].success, again[0].errors[0].statusCode];
});
await step('error', async () => { await conn.query('SELECT Nope FROM Account'); });
await step('streaming', async () => {
  const client = conn.streaming.createClient([new StreamingExtension.Replay('/data/AccountChangeEvent', -1)]);
  const seen = new Promise((done) => { client.subscribe('/data/AccountChangeEvent', (event) => done(event.payload.ChangeEventHeader.changeType)).then(() => conn.sobject('Account').create({ Name: 'JS streamed' })); });
  const late = new Promise((_, fail) => setTimeout(() => fail(new Error('no event in 10 s')), 10000));
  const kind = await Promise.race([seen, late]); client.disconnect(); return kind;
});
await step('logout', async () => { await conn.logout(); return conn.accessToken ?? null; });
console.log(JSON.stringify(told));
process.exit(0);
