// tests/integration/tenant/tap.mjs -- one line a test, for prove.
let count = 0;
let failed = 0;

export async function test(name, body) {
	count += 1;
	try {
		await body();
		console.log(`ok ${count} - ${name}`);
	} catch (e) {
		failed += 1;
		console.log(`not ok ${count} - ${name}`);
		for (const line of String(e.stack ?? e).split("\n").slice(0, 12))
			console.log(`# ${line}`);
	}
}

export function done() {
	console.log(`1..${count}`);
	process.exit(failed === 0 ? 0 : 1);
}

// What a promise fails with; a success is a failure of the test.
export async function refusal(promise) {
	let value;
	try {
		value = await promise;
	} catch (e) {
		return e;
	}
	throw new Error(`was not refused: ${JSON.stringify(value)}`);
}
