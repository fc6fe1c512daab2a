// tests/integration/tenant/tenant.mjs -- a tenant of our own for one test run.
import { execFileSync, spawn } from "node:child_process";
import { existsSync, readFileSync, rmSync, watch } from "node:fs";
import { request } from "node:https";
import { join } from "node:path";

export const program = process.env.CAUSEWAY_TENANT;

export class Tenant {
	// dir: made by "causeway-tenant init", by who also told Node of its CA.
	constructor(dir = process.env.CAUSEWAY_TENANT_DIR) {
		this.dir = dir;
		this.client = JSON.parse(readFileSync(this.path("client.json")));
		this.admin = readFileSync(this.path("admin_token"), "utf8").trim();
		this.ca = readFileSync(this.path("ca.pem"));
	}

	path(name) {
		return join(this.dir, name);
	}

	run(...args) {
		return execFileSync(program, args, {
			encoding: "utf8", stdio: ["ignore", "pipe", "pipe"],
		});
	}

	async start(...args) {
		const portFile = this.path("port");
		const there = new Promise((done) => {
			const w = watch(this.dir, () => {
				if (existsSync(portFile)) {
					w.close();
					done();
				}
			});
			this.process?.once("exit", done);
		});
		this.process = spawn(program, ["run", this.dir, "--listen",
			"127.0.0.1:0", "--port-file", portFile, ...args],
			{ stdio: ["ignore", "inherit", "inherit"] });
		// After a failed test too nothing is left behind.
		const child = this.process;
		process.once("exit", () => child.kill("SIGKILL"));
		const dead = new Promise((_, no) => this.process.once("exit",
			(code) => no(new Error(`the tenant ended with ${code}`))));
		dead.catch(() => {});
		await Promise.race([there, dead]);
		this.port = Number(readFileSync(portFile, "utf8"));
		this.host = `127.0.0.1:${this.port}`;
		this.base = `https://${this.host}`;
		rmSync(portFile);
	}

	// The exit code after SIGTERM.
	async stop() {
		const ended = new Promise((done) =>
			this.process.once("exit", (code, signal) => done(code ?? signal)));
		this.process.kill("SIGTERM");
		return ended;
	}

	// A plain request, without any SDK: {status, headers, body}.
	plain(method, path, { headers = {}, body } = {}) {
		return new Promise((done, fail) => {
			const r = request({
				host: "127.0.0.1", port: this.port, ca: this.ca,
				method, path, headers, agent: false,
			}, (answer) => {
				let text = "";
				answer.setEncoding("utf8");
				answer.on("data", (d) => { text += d; });
				answer.on("error", fail);
				answer.on("aborted", () => fail(new Error("aborted")));
				answer.on("end", () => {
					let parsed = text;
					try {
						parsed = JSON.parse(text);
					} catch { /* not JSON */ }
					done({ status: answer.statusCode,
						headers: answer.headers, body: parsed });
				});
			});
			r.on("error", fail);
			r.end(body);
		});
	}

	async control(method, path, body) {
		const a = await this.plain(method, `/_causeway/${path}`, {
			headers: { authorization: `Bearer ${this.admin}` },
			body: body === undefined ? undefined : JSON.stringify(body),
		});
		if (a.status !== 200)
			throw new Error(`/_causeway/${path}: ${a.status} ${JSON.stringify(a.body)}`);
		return a.body;
	}

	form(fields, tenant = this.client.tenantId) {
		return this.plain("POST", `/${tenant}/oauth2/v2.0/token`, {
			headers: { "content-type": "application/x-www-form-urlencoded" },
			body: new URLSearchParams(fields).toString(),
		});
	}
}
