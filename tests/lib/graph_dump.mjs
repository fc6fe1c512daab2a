// graph_dump.mjs -- what a tenant holds, read with Microsoft's own Graph SDK
// and MSAL, printed as one JSON document: users, groups with the ids of their
// members, and the id of each user's manager.
//
//   graph_dump.mjs ENDPOINT TENANT CLIENT-ID SECRET > dump.json
//
// ENDPOINT is https://HOST:PORT.  NODE_EXTRA_CA_CERTS names the tenant's CA.
import { createRequire } from 'node:module';
import process from 'node:process';

// The packages are those of the SDK's own tests.
const require = createRequire(new URL('../integration/tenant/package.json', import.meta.url));
const { Client, PageIterator } = require('@microsoft/microsoft-graph-client');
const { ConfidentialClientApplication } = require('@azure/msal-node');

const [endpoint, tenant, clientId, clientSecret] = process.argv.slice(2);
if (!clientSecret) {
  console.error('usage: graph_dump.mjs ENDPOINT TENANT CLIENT-ID SECRET');
  process.exit(2);
}
const host = new URL(endpoint).host;
const USER = ['id', 'userPrincipalName', 'accountEnabled', 'displayName', 'givenName', 'surname', 'mail', 'mailNickname',
  'department', 'companyName', 'jobTitle', 'officeLocation', 'city', 'state', 'country', 'streetAddress', 'postalCode',
  'businessPhones', 'mobilePhone', 'faxNumber', 'employeeId', 'employeeType', 'preferredLanguage', 'usageLocation',
  'onPremisesImmutableId', 'onPremisesExtensionAttributes'];
const GROUP = ['id', 'displayName', 'description', 'mailNickname', 'mailEnabled', 'securityEnabled', 'groupTypes'];

const app = new ConfidentialClientApplication({
  auth: { clientId, clientSecret, authority: `${endpoint}/${tenant}`, knownAuthorities: [host] },
});
const client = Client.init({
  baseUrl: `${endpoint}/`,
  defaultVersion: 'v1.0',
  customHosts: new Set([new URL(endpoint).hostname, host]),
  authProvider: (done) => {
    app.acquireTokenByClientCredential({ scopes: ['https://graph.microsoft.com/.default'] })
      .then((t) => done(null, t.accessToken), (e) => done(e, null));
  },
});

async function all(path, select) {
  const rows = [];
  const first = await client.api(path).select(select).top(999).get();
  await new PageIterator(client, first, (row) => { rows.push(row); return true; }).iterate();
  return rows;
}

async function inBatches(items, urlOf, take) {
  for (let i = 0; i < items.length; i += 20) {
    const slice = items.slice(i, i + 20);
    const { responses } = await client.api('/$batch').post({
      requests: slice.map((item, n) => ({ id: String(n), method: 'GET', url: urlOf(item) })),
    });
    if (responses.length !== slice.length)
      throw new Error(`a batch of ${slice.length} was answered with ${responses.length}`);
    for (const r of responses)
      take(slice[Number(r.id)], r);
  }
}

const users = await all('/users', USER);
const groups = await all('/groups', GROUP);
await inBatches(users, (u) => `/users/${u.id}/manager?$select=id`, (u, r) => {
  if (r.status !== 200 && r.status !== 404)
    throw new Error(`manager of ${u.userPrincipalName}: ${r.status}`);
  u.manager = r.status === 200 ? r.body.id : null;
});
for (const g of groups)
  g.members = (await all(`/groups/${g.id}/members`, ['id'])).map((m) => m.id);
console.log(JSON.stringify({ users, groups }));
