// tests/integration/tenant/sdk.mjs -- Microsoft's Graph SDK and msal-node,
// unmodified, against causeway-tenant.  Run by sdk.t, which sets
// CAUSEWAY_TENANT (the program), CAUSEWAY_TENANT_DIR (made by its "init") and
// NODE_EXTRA_CA_CERTS (its CA).
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { X509Certificate, randomUUID } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { ConfidentialClientApplication, LogLevel } from "@azure/msal-node";
import graph from "@microsoft/microsoft-graph-client";
import { done, refusal, test } from "./tap.mjs";
import { Tenant } from "./tenant.mjs";

const { BatchRequestContent, BatchResponseContent, Client, PageIterator,
	RetryHandlerOptions } = graph;
const SCOPE = "https://graph.microsoft.com/.default";

const t = new Tenant();

// An application certificate, and one that nobody registered.
function makeCertificate(name) {
	execFileSync("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes",
		"-days", "30", "-subj", `/CN=${name}`, "-keyout", t.path(`${name}.key`),
		"-out", t.path(`${name}.pem`)], { stdio: "ignore" });
	const cert = new X509Certificate(readFileSync(t.path(`${name}.pem`)));
	return {
		file: t.path(`${name}.pem`),
		privateKey: readFileSync(t.path(`${name}.key`), "utf8"),
		thumbprint: cert.fingerprint.replaceAll(":", ""),
		thumbprintSha256: cert.fingerprint256.replaceAll(":", ""),
	};
}

const good = makeCertificate("good");
const stranger = makeCertificate("stranger");
t.run("app", "add", t.dir, "--id", t.client.clientId, "--no-secret",
	"--certificate", good.file);
const reader = JSON.parse(t.run("app", "add", t.dir, "--name", "reader",
	"--role", "User.Read.All"));
const stale = JSON.parse(t.run("app", "add", t.dir, "--name", "stale",
	"--secret-days", "-1"));

// What only the service itself can make.
writeFileSync(t.path("fill.json"), JSON.stringify({
	users: [
		{ displayName: "Synced", userPrincipalName: "synced@contoso.example",
			onPremisesSyncEnabled: true, onPremisesImmutableId: "c3luY2Vk",
			proxyAddresses: ["SMTP:synced@contoso.example", "smtp:s2@contoso.example"],
			manager: "boss@contoso.example" },
		{ displayName: "Boss", userPrincipalName: "boss@contoso.example" },
	],
	groups: [
		{ displayName: "Synced group", mailNickname: "syncedgroup",
			onPremisesSyncEnabled: true, members: ["synced@contoso.example"] },
		{ displayName: "List", mailNickname: "list", mailEnabled: true,
			securityEnabled: false, proxyAddresses: ["SMTP:list@contoso.example"] },
	],
	devices: [{ displayName: "WS01", deviceId: randomUUID(),
		operatingSystem: "Windows", operatingSystemVersion: "10.0", trustType: "ServerAd" }],
	contacts: [{ displayName: "Outside", proxyAddresses: ["SMTP:out@other.example"] }],
}));
t.run("load", t.dir, t.path("fill.json"));
await t.start();

function msal(credential, { clientId = t.client.clientId,
	tenant = t.client.tenantId } = {}) {
	return new ConfidentialClientApplication({
		auth: { clientId, authority: `${t.base}/${tenant}`,
			knownAuthorities: [t.host], ...credential },
		system: { loggerOptions: { logLevel: LogLevel.Error, loggerCallback() {} } },
	});
}

const app = msal({ clientSecret: t.client.clientSecret });
const tokenOf = async (a) =>
	(await a.acquireTokenByClientCredential({ scopes: [SCOPE] })).accessToken;

function clientOf(a) {
	return Client.initWithMiddleware({
		baseUrl: t.base, defaultVersion: "v1.0", customHosts: new Set(["127.0.0.1"]),
		authProvider: { getAccessToken: () => tokenOf(a) },
	});
}
const client = clientOf(app);
const noRetry = [new RetryHandlerOptions(0, 0)];
const eventual = (r) => r.header("ConsistencyLevel", "eventual");

let serial = 0;
function person(extra = {}) {
	serial += 1;
	return { accountEnabled: true, displayName: `Person ${serial}`,
		mailNickname: `person${serial}`,
		userPrincipalName: `person${serial}@contoso.example`,
		passwordProfile: { forceChangePasswordNextSignIn: true,
			password: `Pw-${randomUUID()}` },
		...extra };
}
const addUser = (extra) => client.api("/users").post(person(extra));
function addGroup(extra = {}) {
	serial += 1;
	return client.api("/groups").post({ displayName: `Group ${serial}`,
		mailNickname: `group${serial}`, mailEnabled: false, securityEnabled: true,
		groupTypes: [], ...extra });
}
const ref = (o) => ({ "@odata.id": `https://graph.microsoft.com/v1.0/directoryObjects/${o.id}` });
const bind = (os) => os.map((o) => ref(o)["@odata.id"]);
async function pages(link) {
	const all = [];
	let page = await link;
	for (;;) {
		all.push(...page.value);
		if (page["@odata.nextLink"] === undefined)
			return { all, last: page };
		page = await client.api(page["@odata.nextLink"]).get();
	}
}

await test("secret: a token, and organization by it", async () => {
	const org = await client.api("/organization").get();
	assert.equal(org.value.length, 1);
	assert.equal(org.value[0].id, t.client.tenantId);
	assert.ok(org.value[0].verifiedDomains.some((d) => d.name === "contoso.example" && d.isDefault));
});

await test("wrong secret: AADSTS7000215", async () => {
	const e = await refusal(tokenOf(msal({ clientSecret: "wrong" })));
	assert.match(e.message, /7000215/);
	const a = await t.form({ grant_type: "client_credentials", scope: SCOPE,
		client_id: t.client.clientId, client_secret: "wrong" });
	assert.equal(a.status, 401);
	assert.equal(a.body.error, "invalid_client");
	assert.deepEqual(a.body.error_codes, [7000215]);
	assert.ok(a.body.trace_id && a.body.correlation_id && a.body.timestamp);
});

await test("expired secret, unknown application, tenant, scope, grant", async () => {
	const code = async (fields, tenant) => (await t.form({
		grant_type: "client_credentials", scope: SCOPE, client_id: stale.clientId,
		client_secret: stale.clientSecret, ...fields }, tenant)).body.error_codes[0];
	assert.equal(await code({}), 7000222);
	assert.equal(await code({ client_id: randomUUID() }), 700016);
	assert.equal(await code({}, randomUUID()), 90002);
	assert.equal(await code({ scope: "https://other.example/.default" }), 70011);
	assert.equal(await code({ grant_type: "urn:ietf:params:oauth:grant-type:saml2-bearer" }), 70003);
	// By name and password only where the application was given that way.
	const user = { grant_type: "password", username: "a@contoso.example", password: "x" };
	assert.equal(await code(user), 7000218);
	const open = JSON.parse(t.run("app", "add", t.dir, "--grant", "password"));
	assert.equal(await code({ ...user, client_id: open.clientId }), 50126);
	assert.equal(await code({ client_secret: "" }), 7000218);
});

await test("certificate: PS256 with x5t#S256", async () => {
	const { privateKey, thumbprintSha256 } = good;
	const token = await tokenOf(msal({ clientCertificate: { privateKey, thumbprintSha256 } }));
	assert.equal(token.split(".").length, 3);
});

await test("certificate: RS256 with x5t", async () => {
	const { privateKey, thumbprint } = good;
	const token = await tokenOf(msal({ clientCertificate: { privateKey, thumbprint } }));
	assert.equal(token.split(".").length, 3);
});

await test("certificate not registered, or another key: AADSTS700027", async () => {
	let e = await refusal(tokenOf(msal({ clientCertificate: {
		privateKey: stranger.privateKey, thumbprintSha256: stranger.thumbprintSha256 } })));
	assert.match(e.message, /700027/);
	e = await refusal(tokenOf(msal({ clientCertificate: {
		privateKey: stranger.privateKey, thumbprintSha256: good.thumbprintSha256 } })));
	assert.match(e.message, /700027/);
});

await test("an application with a certificate that is none is not made", async () => {
	const list = () => JSON.parse(t.run("app", "list", t.dir, "--json"));
	const before = list();
	const own = before.filter((a) => !a.grants.split(" ").includes("device_code"));
	assert.equal(own.length, 4);
	assert.equal(before.length - own.length, 2); // public clients that every tenant knows
	assert.equal(own[0].certificates, 1);
	assert.throws(() => t.run("app", "add", t.dir, "--certificate", t.path("good.key")), /PEM/);
	assert.deepEqual(list(), before);
});

await test("discovery and keys on the same host", async () => {
	const d = await t.plain("GET", `/${t.client.tenantId}/v2.0/.well-known/openid-configuration`);
	assert.equal(d.status, 200);
	assert.equal(new URL(d.body.token_endpoint).host, t.host);
	const k = await t.plain("GET", new URL(d.body.jwks_uri).pathname);
	assert.equal(k.body.keys[0].kty, "RSA");
});

await test("no token or a false one: 401 with an error body", async () => {
	for (const headers of [{}, { authorization: "Bearer abc" }]) {
		const a = await t.plain("GET", "/v1.0/users", { headers });
		assert.equal(a.status, 401);
		assert.equal(a.body.error.code, "InvalidAuthenticationToken");
		assert.match(a.headers["www-authenticate"], /^Bearer /);
	}
	const [head, body, sig] = (await tokenOf(app)).split(".");
	const claims = JSON.parse(Buffer.from(body, "base64url"));
	claims.roles.push("Directory.ReadWrite.All");
	const forged = Buffer.from(JSON.stringify(claims)).toString("base64url");
	const a = await t.plain("GET", "/v1.0/users",
		{ headers: { authorization: `Bearer ${head}.${forged}.${sig}` } });
	assert.equal(a.status, 401);
});

await test("permissions: a reader may not write, nor read groups", async () => {
	const r = clientOf(msal({ clientSecret: reader.clientSecret },
		{ clientId: reader.clientId }));
	assert.ok((await r.api("/users").get()).value.length > 0);
	let e = await refusal(r.api("/users").post(person()));
	assert.equal(e.statusCode, 403);
	assert.equal(e.code, "Authorization_RequestDenied");
	e = await refusal(r.api("/groups").get());
	assert.equal(e.statusCode, 403);
});

await test("error fields: code, message, requestId, client-request-id", async () => {
	const id = randomUUID();
	const e = await refusal(client.api(`/users/${randomUUID()}`)
		.header("client-request-id", id).get());
	assert.equal(e.statusCode, 404);
	assert.equal(e.code, "Request_ResourceNotFound");
	assert.match(e.message, /does not exist/);
	assert.match(e.requestId, /^[0-9a-f-]{36}$/);
	assert.equal(JSON.parse(e.body).innerError["client-request-id"], id);
	assert.equal(e.headers.get("client-request-id"), id);
});

await test("user: create, read by id and name, default properties", async () => {
	const u = await addUser({ onPremisesImmutableId: "YW5jaG9yMQ==", givenName: "Grace" });
	for (const key of [u.id, u.userPrincipalName, u.userPrincipalName.toUpperCase()]) {
		const r = await client.api(`/users/${key}`).get();
		assert.equal(r.id, u.id);
	}
	assert.deepEqual(Object.keys(u).filter((k) => !k.startsWith("@")).sort(),
		["businessPhones", "displayName", "givenName", "id", "jobTitle", "mail",
			"mobilePhone", "officeLocation", "preferredLanguage", "surname",
			"userPrincipalName"]);
	const s = await client.api(`/users/${u.id}`)
		.select(["onPremisesImmutableId", "userType", "createdDateTime", "passwordProfile"]).get();
	assert.equal(s.onPremisesImmutableId, "YW5jaG9yMQ==");
	assert.equal(s.userType, "Member");
	assert.equal(s.passwordProfile, null);
});

await test("PATCH: null clears, absent keeps, collections replace", async () => {
	const u = await addUser({ department: "Ops", city: "Oslo", businessPhones: ["1"],
		onPremisesExtensionAttributes: { extensionAttribute1: "a", extensionAttribute2: "b" } });
	await client.api(`/users/${u.id}`).patch({ city: null, businessPhones: ["2"],
		onPremisesExtensionAttributes: { extensionAttribute1: null, extensionAttribute3: "c" } });
	const r = await client.api(`/users/${u.id}`)
		.select("city,department,businessPhones,onPremisesExtensionAttributes").get();
	assert.equal(r.city, null);
	assert.equal(r.department, "Ops");
	assert.deepEqual(r.businessPhones, ["2"]);
	assert.equal(r.onPremisesExtensionAttributes.extensionAttribute1, null);
	assert.equal(r.onPremisesExtensionAttributes.extensionAttribute2, "b");
	assert.equal(r.onPremisesExtensionAttributes.extensionAttribute3, "c");
});

await test("refused values: each names the property", async () => {
	const bad = { usageLocation: "CHE", displayName: "x".repeat(257), givenName: "",
		businessPhones: ["1", "2"], accountEnabled: "yes", mail: "no address",
		employeeId: "x".repeat(17), onPremisesImmutableId: "a_b",
		userPrincipalName: "a b@contoso.example", otherMails: null };
	for (const [name, value] of Object.entries(bad)) {
		const e = await refusal(addUser({ [name]: value }));
		assert.equal(e.statusCode, 400, name);
		assert.equal(JSON.parse(e.body).details[0].target, name);
	}
	let e = await refusal(addUser({ userPrincipalName: "a@elsewhere.example" }));
	assert.match(e.message, /verified domain/);
	e = await refusal(addUser({ passwordProfile: { password: "short" } }));
	assert.match(e.message, /password/);
	e = await refusal(addUser({ nonsense: 1 }));
	assert.equal(e.code, "BadRequest");
	e = await refusal(addUser({ proxyAddresses: ["SMTP:a@b.example"] }));
	assert.match(e.message, /read-only/);
	for (const name of ["accountEnabled", "displayName", "mailNickname",
		"userPrincipalName", "passwordProfile"]) {
		const p = person();
		delete p[name];
		e = await refusal(client.api("/users").post(p));
		assert.equal(JSON.parse(e.body).details[0].target, name);
	}
});

await test("a federated user needs its immutable id instead of a password", async () => {
	const p = person({ userPrincipalName: "f@fed.example" });
	delete p.passwordProfile;
	const e = await refusal(client.api("/users").post(p));
	assert.equal(JSON.parse(e.body).details[0].target, "onPremisesImmutableId");
	await client.api("/users").post({ ...p, onPremisesImmutableId: "ZmVk" });
});

await test("duplicates: ObjectConflict on name, anchor, address", async () => {
	const u = await addUser({ onPremisesImmutableId: "ZHVw", mail: "dup@contoso.example" });
	const cases = { userPrincipalName: { userPrincipalName: u.userPrincipalName.toUpperCase() },
		onPremisesImmutableId: { onPremisesImmutableId: "ZHVw" },
		proxyAddresses: { mail: "DUP@contoso.example" } };
	for (const [target, extra] of Object.entries(cases)) {
		const e = await refusal(addUser(extra));
		const body = JSON.parse(e.body);
		assert.equal(e.code, "Request_BadRequest");
		assert.equal(body.details[0].code, "ObjectConflict");
		assert.equal(body.details[0].target, target);
	}
	// The name of one may not be the address of another.
	const e = await refusal(addUser({ userPrincipalName: "dup@contoso.example" }));
	assert.equal(JSON.parse(e.body).details[0].code, "ObjectConflict");
	// Anchors differ by case.
	await addUser({ onPremisesImmutableId: "ZHVW" });
});

await test("paging: PageIterator over absolute links on this host", async () => {
	for (let i = 0; i < 7; i++)
		await addUser({ jobTitle: "paged" });
	const first = await client.api("/users").top(3).select("id,jobTitle").get();
	assert.equal(first.value.length, 3);
	assert.ok(first["@odata.nextLink"].startsWith(`${t.base}/v1.0/users?`));
	const seen = new Set();
	let n = 0;
	await new PageIterator(client, first, (u) => {
		seen.add(u.id);
		n += 1;
		return true;
	}).iterate();
	const { all } = await pages(client.api("/users").top(999).get());
	assert.equal(seen.size, all.length);
	assert.equal(n, all.length);
	for (const top of ["0", "1000", "x"]) {
		const e = await refusal(client.api(`/users?$top=${top}`).get());
		assert.equal(e.statusCode, 400);
	}
	const e = await refusal(client.api("/users?$skiptoken=abc").get());
	assert.equal(e.code, "Directory_ExpiredPageToken");
});

await test("count: segment and parameter, with ConsistencyLevel alone", async () => {
	const n = await eventual(client.api("/users/$count")).get();
	const { all } = await pages(client.api("/users").top(999).get());
	assert.equal(Number(n), all.length);
	const r = await eventual(client.api("/users")).count(true).top(1).get();
	assert.equal(r["@odata.count"], all.length);
	for (const path of ["/users/$count", "/users?$count=true"]) {
		const e = await refusal(client.api(path).get());
		assert.equal(e.statusCode, 400);
		assert.equal(e.code, "Request_UnsupportedQuery");
	}
});

await test("filter: the simple forms", async () => {
	const u = await addUser({ onPremisesImmutableId: "RmlsdGVyK0E9PQ==", department: "O'Brien & Co",
		mail: "filter@contoso.example", businessPhones: ["+41 1"], displayName: "Filter Ähre" });
	const v = await addUser({ department: "Filterers" });
	const ids = async (f) => (await client.api("/users").filter(encodeURIComponent(f)).get()).value.map((x) => x.id);
	const one = [
		`onPremisesImmutableId eq 'RmlsdGVyK0E9PQ=='`,
		`userPrincipalName eq '${u.userPrincipalName.toUpperCase()}'`,
		`department eq 'O''Brien & Co'`,
		`displayName eq 'filter ähre'`,
		`startswith(displayName,'Filter')`,
		`startsWith(displayName, 'FILTER Ä') and accountEnabled eq true`,
		`proxyAddresses/any(p:p eq 'SMTP:filter@contoso.example')`,
		`proxyAddresses/any(p:startswith(p,'smtp:filter@'))`,
		`businessPhones/any(p:p eq '+41 1')`,
		`mail eq 'filter@contoso.example' and (city eq 'x' or department eq 'O''Brien & Co')`,
		`id eq '${u.id}'`,
		`id in ('${u.id}')`,
		`userPrincipalName in ('nobody@contoso.example','${u.userPrincipalName}')`,
	];
	for (const f of one)
		assert.deepEqual(await ids(f), [u.id], f);
	assert.deepEqual(await ids(`id eq '${u.id}' or id eq '${v.id}'`), [u.id, v.id]);
	assert.deepEqual(await ids(`onPremisesImmutableId eq 'rmlsdgvyk0e9pq=='`), []);
	assert.ok((await ids("onPremisesSyncEnabled eq true")).length === 1);
	assert.ok((await ids("createdDateTime ge 2020-01-01T00:00:00Z")).length > 1);
});

await test("filter: advanced forms need the header, others are refused", async () => {
	for (const f of ["department ne 'x'", "not(startswith(department,'x'))",
		"endswith(mail,'contoso.example')", "department eq null"]) {
		const e = await refusal(client.api("/users").filter(f).get());
		assert.equal(e.code, "Request_UnsupportedQuery", f);
		assert.ok((await eventual(client.api("/users")).filter(f).count(true).get())["@odata.count"] >= 1, f);
	}
	const bad = { "nonsense eq 'x'": "BadRequest", "department eq": "BadRequest",
		"department eq 'x": "BadRequest", "department eq 5": "BadRequest",
		"contains(department,'x')": "BadRequest", "(department eq 'x'": "BadRequest",
		"aboutMe eq 'x'": "BadRequest", "passwordPolicies eq 'x'": "Request_UnsupportedQuery",
		"startswith(userType,'x')": "Request_UnsupportedQuery",
		"proxyAddresses eq 'x'": "Request_UnsupportedQuery" };
	for (const [f, code] of Object.entries(bad)) {
		const e = await refusal(client.api("/users").filter(f).get());
		assert.equal(e.statusCode, 400, f);
		assert.equal(e.code, code, f);
	}
});

await test("query options: unknown ones are refused", async () => {
	for (const path of ["/users?$nonsense=1", "/users?$select=nonsense", "/users?$skip=5",
		"/users?$orderby=displayName", "/users?$expand=nonsense"]) {
		const e = await refusal(client.api(path).get());
		assert.equal(e.statusCode, 400, path);
	}
	await client.api("/users?custom=1").get();
	let e = await refusal(client.api("/nonsense").get());
	assert.equal(e.statusCode, 404);
	e = await refusal(client.api("/users").put({}));
	assert.equal(e.statusCode, 405);
});

await test("members: add, twice, list, memberOf, remove", async () => {
	const g = await addGroup(), inner = await addGroup(), u = await addUser();
	const refs = `/groups/${g.id}/members/$ref`;
	await client.api(refs).post(ref(u));
	await client.api(refs).post(ref(inner));
	let e = await refusal(client.api(refs).post(ref(u)));
	assert.equal(e.statusCode, 400);
	assert.match(e.message, /already exist/);
	e = await refusal(client.api(refs).post(ref({ id: randomUUID() })));
	assert.equal(e.statusCode, 404);
	e = await refusal(client.api(refs).post(ref(g)));
	assert.equal(e.statusCode, 400);
	const list = await client.api(`/groups/${g.id}/members`).get();
	assert.deepEqual(list.value.map((m) => m["@odata.type"]).sort(),
		["#microsoft.graph.group", "#microsoft.graph.user"]);
	const users = await client.api(`/groups/${g.id}/members/microsoft.graph.user`).get();
	assert.deepEqual(users.value.map((m) => m.id), [u.id]);
	const up = await client.api(`/users/${u.id}/memberOf`).get();
	assert.deepEqual(up.value.map((m) => m.id), [g.id]);
	assert.equal(Number(await eventual(client.api(`/groups/${g.id}/members/$count`)).get()), 2);
	await client.api(`/groups/${g.id}/members/${u.id}/$ref`).delete();
	e = await refusal(client.api(`/groups/${g.id}/members/${u.id}/$ref`).delete());
	assert.equal(e.statusCode, 404);
	assert.equal((await client.api(`/users/${u.id}`).get()).id, u.id);
});

await test("members without /$ref: the object itself goes, as in Graph", async () => {
	const g = await addGroup(), u = await addUser();
	await client.api(`/groups/${g.id}/members/$ref`).post(ref(u));
	await client.api(`/groups/${g.id}/members/${u.id}`).delete();
	assert.equal((await refusal(client.api(`/users/${u.id}`).get())).statusCode, 404);
});

await test("binds: twenty at once, 21 refused, all or none", async () => {
	const g = await addGroup(), us = [];
	for (let i = 0; i < 21; i++)
		us.push(await addUser());
	let e = await refusal(client.api(`/groups/${g.id}`)
		.patch({ "members@odata.bind": bind(us) }));
	assert.equal(e.statusCode, 400);
	await client.api(`/groups/${g.id}`).patch({ "members@odata.bind": bind(us.slice(0, 20)) });
	e = await refusal(client.api(`/groups/${g.id}`)
		.patch({ "members@odata.bind": bind([us[20], us[0]]) }));
	assert.match(e.message, /already exist/);
	const { all } = await pages(client.api(`/groups/${g.id}/members`).top(8).select("id").get());
	assert.deepEqual(all.map((m) => m.id).sort(), us.slice(0, 20).map((x) => x.id).sort());
	const h = await addGroup({ "members@odata.bind": bind(us.slice(0, 2)) });
	assert.equal((await client.api(`/groups/${h.id}/members`).get()).value.length, 2);
});

await test("manager: put, get, expand, replace, delete", async () => {
	const u = await addUser(), m = await addUser(), m2 = await addUser();
	const path = `/users/${u.id}/manager`;
	assert.equal((await refusal(client.api(path).get())).statusCode, 404);
	await client.api(`${path}/$ref`).put(ref(m));
	assert.equal((await client.api(path).get()).id, m.id);
	await client.api(`${path}/$ref`).put(ref(m2));
	const r = await client.api(`/users/${u.id}`).expand("manager($select=id)").get();
	assert.equal(r.manager.id, m2.id);
	assert.equal(r.manager.displayName, undefined);
	assert.deepEqual((await client.api(`/users/${m2.id}/directReports`).get()).value.map((x) => x.id), [u.id]);
	await client.api(`${path}/$ref`).delete();
	assert.equal((await refusal(client.api(path).get())).statusCode, 404);
	assert.equal((await refusal(client.api(`${path}/$ref`).put(ref(u)))).statusCode, 400);
});

await test("mastered on premises: refused, usageLocation is not", async () => {
	const u = await client.api("/users/synced@contoso.example").get();
	for (const body of [{ displayName: "x" }, { onPremisesImmutableId: null }, { jobTitle: "x" }]) {
		const e = await refusal(client.api(`/users/${u.id}`).patch(body));
		assert.equal(e.statusCode, 400);
		assert.match(e.message, /on-premises mastered/);
	}
	await client.api(`/users/${u.id}`).patch({ usageLocation: "CH" });
	assert.equal((await refusal(client.api(`/users/${u.id}`).delete())).statusCode, 400);
	const g = (await client.api("/groups").filter("displayName eq 'Synced group'").get()).value[0];
	const e = await refusal(client.api(`/groups/${g.id}/members/${u.id}/$ref`).delete());
	assert.match(e.message, /on-premises mastered/);
});

await test("what Graph cannot write: mail groups, contacts, devices", async () => {
	let e = await refusal(addGroup({ mailEnabled: true }));
	assert.match(e.message, /mail-enabled/);
	const l = (await client.api("/groups").filter("displayName eq 'List'").get()).value[0];
	e = await refusal(client.api(`/groups/${l.id}`).patch({ description: "x" }));
	assert.match(e.message, /mail-enabled/);
	e = await refusal(client.api(`/groups/${l.id}`).delete());
	assert.equal(e.statusCode, 400);
	assert.equal((await client.api("/contacts").get()).value[0].mail, "out@other.example");
	e = await refusal(client.api("/contacts").post({ displayName: "x" }));
	assert.equal(e.statusCode, 405);
	assert.equal((await client.api("/devices").get()).value[0].displayName, "WS01");
});

await test("batch: BatchRequestContent, a failed dependency is 424", async () => {
	// The SDK takes the host away and nothing else.
	const make = (body) => new Request(`${t.base}/users`, { method: "POST",
		body: JSON.stringify(body), headers: { "Content-Type": "application/json" } });
	const p = person();
	const content = new BatchRequestContent([
		{ id: "1", request: make(p) },
		{ id: "2", request: make(p), dependsOn: ["1"] },
		{ id: "3", request: make(person()), dependsOn: ["2"] },
	]);
	const answer = new BatchResponseContent(
		await client.api("/$batch").post(await content.getContent()));
	assert.equal(answer.getResponseById("1").status, 201);
	assert.equal(answer.getResponseById("2").status, 400);
	assert.equal(answer.getResponseById("3").status, 424);
	const body = await answer.getResponseById("3").json();
	assert.equal(body.error.code, "FailedDependency");
});

await test("batch: a failed item takes back its own writes alone", async () => {
	const g = await addGroup(), u = await addUser();
	const patch = (id, members) => ({ id, method: "PATCH", url: `/groups/${g.id}`,
		headers: { "Content-Type": "application/json" },
		body: { "members@odata.bind": bind(members) } });
	const r = await client.api("/$batch").post({ requests: [
		patch("a", [u]),
		patch("b", [await addUser(), { id: randomUUID() }]),
		{ id: "c", method: "GET", url: `groups/${g.id}/members?$select=id` },
		{ id: "d", method: "DELETE", url: `/groups/${g.id}/members/${u.id}/$ref`, dependsOn: ["c"] },
	] });
	const by = Object.fromEntries(r.responses.map((x) => [x.id, x]));
	assert.equal(by.a.status, 204);
	assert.equal(by.a.body, undefined);
	assert.equal(by.b.status, 404);
	assert.deepEqual(by.c.body.value, [{ "@odata.type": "#microsoft.graph.user", id: u.id }]);
	assert.equal(by.d.status, 204);
});

await test("batch: malformed ones are refused whole", async () => {
	const get = (id, more = {}) => ({ id, method: "GET", url: "/users", ...more });
	const many = Array.from({ length: 21 }, (_, i) => get(String(i)));
	for (const requests of [many, [get("a"), get("A")], [get("a", { dependsOn: ["z"] })],
		[get("a", { dependsOn: ["b"] }), get("b", { dependsOn: ["a"] })],
		[{ id: "1" }], "no list"]) {
		const e = await refusal(client.api("/$batch").post({ requests }));
		assert.equal(e.statusCode, 400);
	}
	const r = await client.api("/$batch").post({ requests: [{ id: "1", method: "POST",
		url: "/users", body: person() }] });
	assert.equal(r.responses[0].status, 400); // no Content-Type
});

await test("delta: changes, @removed, restored, nothing new", async () => {
	let { last } = await pages(client.api("/users/delta?$select=displayName,city").get());
	let link = last["@odata.deltaLink"];
	assert.ok(link.startsWith(t.base));
	const round = async () => {
		const r = await pages(client.api(link).get());
		link = r.last["@odata.deltaLink"];
		return r.all;
	};
	assert.deepEqual(await round(), []);
	const a = await addUser({ city: "Rome" }), b = await addUser();
	assert.deepEqual((await round()).map((x) => x.id).sort(), [a.id, b.id].sort());
	await client.api(`/users/${a.id}`).patch({ city: null });
	await client.api(`/users/${b.id}`).patch({ jobTitle: "not selected" });
	assert.deepEqual(await round(), [{ id: a.id, city: null }].map(
		(x) => ({ id: x.id, displayName: a.displayName, city: null })));
	await client.api(`/users/${b.id}`).delete();
	assert.deepEqual(await round(), [{ id: b.id, "@removed": { reason: "changed" } }]);
	await client.api(`/directory/deletedItems/${b.id}/restore`).post({});
	assert.deepEqual((await round()).map((x) => [x.id, x.displayName]), [[b.id, b.displayName]]);
	await client.api(`/users/${b.id}`).delete();
	await client.api(`/directory/deletedItems/${b.id}`).delete();
	assert.deepEqual(await round(), [{ id: b.id, "@removed": { reason: "deleted" } }]);
	await client.api(`/users/${a.id}`).patch({ city: "Pisa" });
	const minimal = await client.api(link).header("Prefer", "return=minimal").get();
	assert.deepEqual(minimal.value, [{ id: a.id, city: "Pisa" }]);
});

await test("delta of groups: members@delta, added and removed", async () => {
	const u = await addUser(), v = await addUser();
	const g = await addGroup({ "members@odata.bind": bind([u]) });
	const first = await pages(client.api("/groups/delta?$select=displayName,members").get());
	const mine = first.all.filter((x) => x.id === g.id).flatMap((x) => x["members@delta"] ?? []);
	assert.deepEqual(mine, [{ "@odata.type": "#microsoft.graph.user", id: u.id }]);
	await client.api(`/groups/${g.id}/members/$ref`).post(ref(v));
	await client.api(`/groups/${g.id}/members/${u.id}/$ref`).delete();
	const next = await client.api(first.last["@odata.deltaLink"]).get();
	assert.equal(next.value.length, 1);
	assert.deepEqual(next.value[0]["members@delta"].sort((x, y) => Number("@removed" in x) - Number("@removed" in y)), [
		{ "@odata.type": "#microsoft.graph.user", id: v.id },
		{ "@odata.type": "#microsoft.graph.user", id: u.id, "@removed": { reason: "deleted" } }]);
	// A member that is deleted leaves the group.
	await client.api(`/users/${v.id}`).delete();
	const after = await client.api(next["@odata.deltaLink"]).get();
	assert.deepEqual(after.value[0]["members@delta"],
		[{ "@odata.type": "#microsoft.graph.user", id: v.id, "@removed": { reason: "deleted" } }]);
});

await test("delta: latest, ids, 410 on a token of nobody's", async () => {
	const latest = await client.api("/users/delta?$deltatoken=latest").get();
	assert.deepEqual(latest.value, []);
	const u = await addUser();
	const next = await client.api(latest["@odata.deltaLink"]).get();
	assert.deepEqual(next.value.map((x) => x.id), [u.id]);
	const some = await client.api(`/users/microsoft.graph.delta()?$filter=id eq '${u.id}'`).get();
	assert.deepEqual(some.value.map((x) => x.id), [u.id]);
	for (const token of ["abc", latest["@odata.deltaLink"].split("deltatoken=")[1].slice(0, -2) + "AA"]) {
		const e = await refusal(client.api(`/users/delta?$deltatoken=${token}`).get());
		assert.equal(e.statusCode, 410);
		assert.equal(e.code, "syncStateNotFound");
		assert.match(e.headers.get("location"), /\/users\/delta\?\$deltatoken=$/);
	}
	// A token of users is none of groups.
	const e = await refusal(client.api(latest["@odata.deltaLink"].replace("/users/", "/groups/")).get());
	assert.equal(e.statusCode, 410);
	assert.equal((await refusal(client.api("/users/delta?$top=5").get())).statusCode, 400);
});

await test("delete: the name is free, restore brings links back", async () => {
	const u = await addUser({ mail: "gone@contoso.example" }), g = await addGroup();
	await client.api(`/groups/${g.id}/members/$ref`).post(ref(u));
	await client.api(`/users/${u.id}`).delete();
	assert.equal((await client.api(`/groups/${g.id}/members`).get()).value.length, 0);
	const d = (await pages(client.api("/directory/deletedItems/microsoft.graph.user").get())).all
		.find((x) => x.id === u.id);
	assert.equal(d.userPrincipalName, u.id.replaceAll("-", "") + u.userPrincipalName);
	const e404 = await refusal(client.api(`/users/${u.userPrincipalName}`).get());
	assert.equal(e404.statusCode, 404);
	const second = await addUser({ userPrincipalName: u.userPrincipalName });
	let e = await refusal(client.api(`/directory/deletedItems/${u.id}/restore`).post({}));
	assert.equal(JSON.parse(e.body).details[0].code, "ObjectConflict");
	await client.api(`/users/${second.id}`).delete();
	const back = await client.api(`/directory/deletedItems/${u.id}/restore`).post({});
	assert.equal(back.userPrincipalName, u.userPrincipalName);
	assert.deepEqual((await client.api(`/groups/${g.id}/members`).get()).value.map((x) => x.id), [u.id]);
	await client.api(`/directory/deletedItems/${second.id}`).delete();
	e = await refusal(client.api(`/directory/deletedItems/${second.id}`).get());
	assert.equal(e.statusCode, 404);
});

await test("groups: security ones go at once, Microsoft 365 ones can come back", async () => {
	const g = await addGroup();
	await client.api(`/groups/${g.id}`).delete();
	let e = await refusal(client.api(`/directory/deletedItems/${g.id}/restore`).post({}));
	assert.equal(e.statusCode, 404);
	const m = await addGroup({ groupTypes: ["Unified"], mailEnabled: true, securityEnabled: false });
	assert.match(m.mail, /@contoso\.onmicrosoft\.com$/);
	await client.api(`/groups/${m.id}`).delete();
	const list = await client.api("/directory/deletedItems/microsoft.graph.group").get();
	assert.deepEqual(list.value.map((x) => x.id), [m.id]);
	await client.api(`/directory/deletedItems/${m.id}/restore`).post({});
	e = await refusal(client.api(`/groups/${m.id}/members/$ref`).post(ref(await addGroup())));
	assert.equal(e.statusCode, 400);
});

await test("429 and Retry-After: the SDK waits and comes again", async () => {
	const before = (await t.control("GET", "counts")).requests;
	await t.control("POST", "faults", { status: 429, retryAfter: 1, count: 1, path: "/organization" });
	await client.api("/organization").get();
	assert.equal((await t.control("GET", "counts")).requests, before + 2);
	await t.control("POST", "faults", { status: 429, retryAfter: 7, count: 1, path: "/organization" });
	const e = await refusal(client.api("/organization").middlewareOptions(noRetry).get());
	assert.equal(e.statusCode, 429);
	assert.equal(e.code, "TooManyRequests");
	assert.equal(e.headers.get("retry-after"), "7");
});

await test("throttling: the bucket empties, writes and units, batch items too", async () => {
	await t.control("POST", "throttle", { limits: "writes=2/600" });
	await addUser();
	const make = (id) => ({ id, method: "POST", url: "/users",
		headers: { "Content-Type": "application/json" }, body: person() });
	const r = await client.api("/$batch").post({ requests: [make("1"), make("2")] });
	assert.deepEqual(r.responses.map((x) => x.status), [201, 429]);
	assert.ok(Number(r.responses[1].headers["Retry-After"]) > 1);
	const e = await refusal(client.api("/users").middlewareOptions(noRetry).post(person()));
	assert.equal(e.statusCode, 429);
	assert.equal(e.headers.get("x-ms-throttle-information"), "WriteLimitExceeded");
	await client.api("/users").top(1).get();
	await t.control("POST", "throttle", { limits: "units=3/600" });
	await client.api("/users").select("id").get();
	const f = await refusal(client.api("/groups/x/members").middlewareOptions(noRetry).get());
	assert.equal(f.headers.get("x-ms-throttle-information"), "ResourceUnitLimitExceeded");
	await t.control("POST", "throttle", { limits: "off" });
});

await test("faults: 503, a batch item, half an answer, none, after the write", async () => {
	await t.control("POST", "faults", { status: 503, count: 1, path: "/users" });
	const e = await refusal(client.api("/users").middlewareOptions(noRetry).get());
	assert.equal(e.statusCode, 503);
	await t.control("POST", "faults", { scope: "item", status: 429, retryAfter: 3, skip: 1, count: 1 });
	const get = (id) => ({ id, method: "GET", url: "/users?$top=1" });
	const r = await client.api("/$batch").post({ requests: ["1", "2", "3"].map(get) });
	assert.deepEqual(r.responses.map((x) => x.status), [200, 429, 200]);
	assert.equal(r.responses[1].headers["Retry-After"], "3");
	const headers = { authorization: `Bearer ${await tokenOf(app)}`, "content-type": "application/json" };
	await t.control("POST", "faults", { kind: "half", count: 1 });
	await refusal(t.plain("GET", "/v1.0/users", { headers }));
	const p = person();
	await t.control("POST", "faults", { kind: "close", when: "after", count: 1 });
	await refusal(t.plain("POST", "/v1.0/users", { headers, body: JSON.stringify(p) }));
	assert.equal((await client.api(`/users/${p.userPrincipalName}`).get()).displayName, p.displayName);
	const q = person();
	await t.control("POST", "faults", { kind: "close", count: 1 });
	await refusal(t.plain("POST", "/v1.0/users", { headers, body: JSON.stringify(q) }));
	assert.equal((await refusal(client.api(`/users/${q.userPrincipalName}`).get())).statusCode, 404);
	await t.control("POST", "delay", { ms: 120 });
	const start = performance.now();
	await client.api("/organization").get();
	assert.ok(performance.now() - start >= 115);
	await t.control("DELETE", "faults");
});

await test("journal: what was written, per object and in all", async () => {
	const { seq } = await t.control("GET", "writes");
	assert.deepEqual(Object.values((await t.control("GET", `writes?since=${seq}`)).totals),
		[0, 0, 0, 0, 0, 0, 0]);
	const u = await addUser(), g = await addGroup({ "members@odata.bind": bind([u]) });
	await client.api(`/users/${u.id}`).patch({ city: "Rome" });
	await client.api(`/users/${u.id}`).patch({ city: "Rome" });
	const w = await t.control("GET", `writes?since=${seq}&objects=1`);
	assert.deepEqual(w.objects, [
		{ id: u.id, type: "users", created: 1, updated: 2 },
		{ id: g.id, type: "groups", created: 1, linked: 1 }]);
	const no = await t.plain("GET", "/_causeway/writes");
	assert.equal(no.status, 401);
});

await test("bodies that are not JSON, or too large, are refused", async () => {
	const headers = { authorization: `Bearer ${await tokenOf(app)}`, "content-type": "application/json" };
	for (const body of ["{", "[]", "{\"a\":1,\"a\":2}", "\"x\""]) {
		const a = await t.plain("POST", "/v1.0/users", { headers, body });
		assert.equal(a.status, 400, body);
		assert.equal(a.body.error.code, "BadRequest");
	}
	const big = await t.plain("POST", "/v1.0/users", { headers, body: " ".repeat(9 << 20) })
		.catch(() => ({ status: 413 }));
	assert.equal(big.status, 413);
	await client.api("/organization").get();
});

await test("SIGTERM: a clean end, and everything is there afterwards", async () => {
	const u = await addUser();
	assert.equal(await t.stop(), 0);
	await t.start("--delta-life", "1");
	const again = clientOf(msal({ clientSecret: t.client.clientSecret }));
	assert.equal((await again.api(`/users/${u.id}`).get()).id, u.id);
	assert.equal(await t.stop(), 0);
});

done();
