#!/usr/bin/env python3
"""A peer that offers HTTP/2 is spoken to in it, many requests on one connection."""
import os
import ssl
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
from graph_tenant import Tenant, ok, same, done, update, refs  # noqa: E402

SERVER = r"""
const http2 = require('http2'), fs = require('fs');
const [dir] = process.argv.slice(1);
const seen = {sessions: 0, streams: 0, most: 0, protocols: {}};
let open = 0;
const server = http2.createSecureServer({key: fs.readFileSync(dir + '/server.key'),
  cert: fs.readFileSync(dir + '/server.pem'), allowHTTP1: true}, (req, res) => {
  let body = '';
  seen.streams++;
  seen.protocols[req.httpVersion] = 1;
  seen.most = Math.max(seen.most, ++open);
  req.on('data', (d) => { body += d; });
  req.on('end', () => setTimeout(() => {
    const answer = (o) => { open--; res.setHeader('Content-Type', 'application/json'); res.end(JSON.stringify(o)); };
    if (req.url === '/seen') return answer(seen);
    if (req.url.endsWith('openid-configuration'))
      return answer({token_endpoint: `https://localhost:${server.address().port}/t/token`});
    if (req.url === '/t/token') return answer({token_type: 'Bearer', expires_in: 3600, access_token: 'x'});
    if (req.url.endsWith('/$batch'))
      return answer({responses: JSON.parse(body).requests.map((q) => ({id: q.id, status: 204})).reverse()});
    if (req.url.includes('/delta'))
      return answer({value: [], '@odata.deltaLink': `https://localhost:${server.address().port}${req.url.split('?')[0]}?$deltatoken=1`});
    answer({value: []});
  }, 5));
});
server.on('session', () => seen.sessions++);
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
"""

t = Tenant()
node = subprocess.Popen(["node", "-e", SERVER, t.dir], stdout=subprocess.PIPE, text=True)
try:
    t.url = "https://localhost:%d" % int(node.stdout.readline())
    config = t.config(tenant="t", parallel=8)
    rc, entries, err = t.probe("import", None, config)
    same((rc, entries, err), (0, [], ""), "an empty directory is read")
    people = ["User_%08x-0000-4000-8000-000000000000" % i for i in range(4000)]
    rc, results, err = t.probe("export", [update("group", "Group_ab", {"members": refs(people)})], config)
    same((rc, [r["status"] for r in results], err), (0, ["done"], ""), "4,000 members in ten batches")
    t.tls = ssl.create_default_context(cafile=os.path.join(t.dir, "ca.pem"))
    _, seen = t.request("GET", "/seen")
    ok(seen["protocols"].get("2.0") == 1, "by HTTP/2", seen)
    same(seen["sessions"], 2, "on one connection a run")
    ok(1 < seen["most"] <= 8, "several at a time, and no more than configured", seen)
finally:
    node.kill()
    node.wait()
done()
