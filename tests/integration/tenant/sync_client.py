"""A small client of the synchronisation web service, for tests.

It writes its own binary XML, in the plainest records there are (names and
characters, no dictionary), so that the tenant is not tested against its own
writer; answers are read through "causeway codec nbfx".
"""
import os
import struct
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
import uuid
import xml.etree.ElementTree as ET

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../lib"))
import graph_tenant as g

AWS = "http://schemas.microsoft.com/online/aws/change/2010/01"
OBJ = "http://schemas.microsoft.com/online/aws/change/2014/06"
CRED = "http://schemas.datacontract.org/2004/07/Microsoft.Online.Coexistence.Schema"
ARR = "http://schemas.microsoft.com/2003/10/Serialization/Arrays"
XSI = "http://www.w3.org/2001/XMLSchema-instance"
XSD = "http://www.w3.org/2001/XMLSchema"
SOAP = "http://www.w3.org/2003/05/soap-envelope"
ADDR = "http://www.w3.org/2005/08/addressing"
SERVICE = "6bf85cfa-ac8a-4be5-b5de-425a0d0dc016"
CAUSEWAY = os.path.join(g.BUILD, "src/bin/causeway")


# ---- Binary XML ----

def _string(s):
    b = s.encode()
    n, out = len(b), bytearray()
    while n > 127:
        out.append(n & 127 | 128)
        n >>= 7
    out.append(n)
    return bytes(out) + b


def _chars(s):
    b = s.encode()
    if len(b) < 256:
        return b"\x98" + struct.pack("<B", len(b)) + b
    if len(b) < 65536:
        return b"\x9a" + struct.pack("<H", len(b)) + b
    return b"\x9c" + struct.pack("<i", len(b)) + b


class E:
    """An element: name with its prefix, attributes, what is in it."""

    def __init__(self, name, *inside, **attrs):
        self.name, self.inside = name, inside
        self.attrs = {k.replace("__", ":"): v for k, v in attrs.items()}

    def octets(self):
        prefix, _, local = self.name.rpartition(":")
        out = b"\x41" + _string(prefix) + _string(local) if prefix else b"\x40" + _string(local)
        for k, v in self.attrs.items():
            p, _, n = k.rpartition(":")
            if k == "xmlns":
                out += b"\x08" + _string(v)
            elif p == "xmlns":
                out += b"\x09" + _string(n) + _string(v)
            elif p:
                out += b"\x05" + _string(p) + _string(n) + _chars(v)
            else:
                out += b"\x04" + _string(n) + _chars(v)
        for i in self.inside:
            if isinstance(i, E):
                out += i.octets()
            elif isinstance(i, bytes):
                out += (b"\x9e" + struct.pack("<B", len(i)) if len(i) < 256 else b"\xa0" + struct.pack("<H", len(i))) + i
            elif i:
                out += _chars(i)
        return out + b"\x01"


def read(octets):
    r = subprocess.run([CAUSEWAY, "codec", "nbfx", "--decode", "-"], input=octets, capture_output=True)
    if r.returncode != 0:
        raise ValueError(r.stderr.decode())
    return ET.fromstring(r.stdout)


def local(e):
    return e.tag.rpartition("}")[2]


def find(e, name):
    for i in e.iter():
        if local(i) == name:
            return i
    return None


def text(e, name):
    f = find(e, name)
    return None if f is None else f.text or ""


# ---- Values ----

def value(v):
    typed = {"xmlns__d": XSD}
    if v is None:
        return E("c:Value", i__nil="true")
    if isinstance(v, bool):
        return E("c:Value", str(v).lower(), i__type="d:boolean", **typed)
    if isinstance(v, int):
        return E("c:Value", str(v), i__type="d:long", **typed)
    if isinstance(v, bytes):
        return E("c:Value", v, i__type="d:base64Binary", **typed)
    if isinstance(v, E):
        return v
    if isinstance(v, list) and v and isinstance(v[0], bytes):
        return E("c:Value", *[E("c:base64Binary", i) for i in v], i__type="c:ArrayOfbase64Binary")
    if isinstance(v, list):
        return E("c:Value", *[E("c:string", i) for i in v], i__type="c:ArrayOfstring")
    return E("c:Value", v, i__type="d:string", **typed)


def changes(add=(), remove=()):
    def one(anchor, op):
        kind = "1" if "_" in anchor else "2"
        return E("SyncReferenceChange", E("Reference", E("Anchor", anchor), E("referenceTypeInt", kind)),
                 E("operationInt", op))
    return E("c:Value", E("referenceChanges", *[one(a, "1") for a in add], *[one(a, "2") for a in remove], xmlns=AWS),
             i__type="SyncReferenceChangeCollection")


def key_name(key):
    """As the tests write names; what the service adds itself keeps its capital."""
    return key if key in ("CloudAnchor", "SourceAnchor", "CloudMastered") else key[0].lower() + key[1:]


def unvalue(e):
    kind = e.get("{%s}type" % XSI, "").rpartition(":")[2]
    if kind == "boolean":
        return e.text == "true"
    if kind == "long":
        return int(e.text)
    if kind.startswith("ArrayOf"):
        return [i.text or "" for i in e]
    return e.text or ""


class Fault(Exception):
    def __init__(self, envelope):
        self.code = text(envelope, "ErrorCode")
        self.text = text(envelope, "Text")
        self.url = text(envelope, "Url")
        Exception.__init__(self, "%s: %s" % (self.code, self.text))


# ---- Calls ----

class Client:
    def __init__(self, tenant, build="2.4.21.0", machine="6f0b1e1c-6d1c-4b3e-9f51-0d6f1d2a7c11"):
        self.t, self.build, self.kept, self.warning, self.machine = tenant, build, None, None, machine

    def token(self, scope=SERVICE + "/.default"):
        form = urllib.parse.urlencode({
            "grant_type": "client_credentials", "client_id": self.t.client["clientId"],
            "client_secret": self.t.client["clientSecret"], "scope": scope}).encode()
        q = urllib.request.Request("%s/%s/oauth2/v2.0/token" % (self.t.url, self.t.client["tenantId"]), data=form)
        with urllib.request.urlopen(q, context=self.t.tls) as answer:
            return g.json.load(answer)["access_token"]

    def envelope(self, op, inside, token):
        me = str(uuid.uuid4())

        def head(name, v):
            return E(name, v, xmlns=AWS)
        return E("s:Envelope",
                 E("s:Header",
                   E("a:Action", AWS + "/IProvisioningWebService/" + op, s__mustUnderstand="1"),
                   E("SyncToken", head("ApplicationId", "1651564e-7ce4-4d99-88be-0a65050d8dc3"),
                     head("BearerToken", token), head("ClientVersion", "8.0"),
                     head("DirSyncBuildNumber", self.build), head("FIMBuildNumber", self.build),
                     head("TrackingId", me), xmlns="urn:microsoft.online.administrativeservice"),
                   E("a:MessageID", "urn:uuid:" + me)),
                 E("s:Body", E(op, *inside, xmlns=AWS)), xmlns__s=SOAP, xmlns__a=ADDR)

    def post(self, octets, path="/provisioningservice.svc"):
        q = urllib.request.Request(self.t.url + path, data=octets, method="POST")
        q.add_header("Content-Type", "application/soap+msbin1")
        if self.machine:
            q.add_header("x-ms-aadmsods-machineid", self.machine)
        try:
            with urllib.request.urlopen(q, context=self.t.tls) as answer:
                self.warning = answer.headers.get("Warning")
                self.raw = answer.read()
                return answer.status, read(self.raw)
        except urllib.error.HTTPError as e:
            octets = e.read()
            return e.code, read(octets) if octets else None

    def call(self, op, *inside, token=None):
        if token is None:
            self.kept = self.kept or self.token()
            token = self.kept
        status, answer = self.post(self.envelope(op, inside, token).octets())
        if status != 200:
            raise Fault(answer) if answer is not None else OSError(status)
        return find(answer, op + "Result")

    def provision(self, *objects, two=False):
        """(kind, operation, attributes) each; a list of dictionaries."""
        def one(kind, op, attrs):
            return E("b:AzureADSyncObject",
                     E("b:PropertyValues", *[E("c:KeyValueOfstringanyType", E("c:Key", k), value(v))
                                             for k, v in attrs.items()], xmlns__c=ARR),
                     E("b:SyncObjectType", kind), E("b:SyncOperation", op))
        r = self.call("ProvisionAzureADSyncObjects" + ("2" if two else ""),
                      E("syncRequest", E("b:SyncObjects", *[one(*o) for o in objects]),
                        xmlns__b=OBJ, xmlns__i=XSI))
        out = []
        for e in r.iter("{%s}AzureADSyncObjectResult" % OBJ):
            d = {local(i): i.text or "" for i in e}
            description = find(e, "ResultErrorDescription")
            if description.get("{%s}nil" % XSI) == "true":
                d["ResultErrorDescription"] = None
            d["details"] = {text(i, "Key"): [v.text or "" for v in find(i, "Value")]
                            for i in e.iter("{%s}KeyValueOfstringArrayOfstring" % ARR)}
            out.append(d)
        return out

    def finalize(self, n):
        self.call("FinalizeExport", E("totalExported", str(n)), E("successfulExportCount", str(n)))

    def read_back(self, cookie=None, full=False):
        """(objects, cookie, more)"""
        c = E("inputCookie", cookie) if cookie else E("inputCookie", i__nil="true", xmlns__i=XSI)
        r = self.call("ReadBackAzureADSyncObjects2", E("includeLicenseInformation", "false"), c,
                      E("isFullSync", "true" if full else "false"))
        out = []
        for e in r.iter("{%s}AzureADSyncObject" % OBJ):
            o = {"type": text(e, "SyncObjectType"), "op": text(e, "SyncOperation")}
            for pair in e.iter("{%s}KeyValueOfstringanyType" % ARR):
                o[key_name(text(pair, "Key"))] = unvalue(find(pair, "Value"))
            out.append(o)
        return out, text(r, "Cookie"), text(r, "MoreObjectsAvailable") == "true"

    def credentials(self, *items):
        """(source anchor, blob) each; (result, text) each."""
        r = self.call("ProvisionCredentials", E("request", E("b:RequestItems", *[
            E("b:SyncCredentialsChangeItem", E("b:ChangeDate", "2025-01-02T03:04:05Z"),
              E("b:CloudAnchor", i__nil="true"), E("b:CredentialData", blob),
              E("b:ForcePasswordChangeOnLogon", "false"), E("b:SourceAnchor", anchor))
            for anchor, blob in items]), xmlns__b=CRED, xmlns__i=XSI))
        return [(text(e, "Result"), text(e, "ExtendedErrorInformation"))
                for e in r.iter("{%s}SyncCredentialsChangeResult" % CRED)]


def refused(call, *args, **kw):
    """The fault of a call that must fail."""
    try:
        call(*args, **kw)
    except Fault as f:
        return f
    return None


def organisation(tenant, on):
    """Turns synchronisation on or off as an administrator: the status."""
    return administrator(tenant, "Organization.ReadWrite.All", "PATCH",
                         "/organization/" + tenant.client["tenantId"], {"onPremisesSyncEnabled": on})


def administrator(tenant, role, method, path, body=None):
    """A call of Graph by an application with one permission."""
    app = g.json.loads(tenant.command("app", "add", tenant.dir, "--role", role))
    form = urllib.parse.urlencode({
        "grant_type": "client_credentials", "client_id": app["clientId"], "client_secret": app["clientSecret"],
        "scope": "https://graph.microsoft.com/.default"}).encode()
    q = urllib.request.Request("%s/%s/oauth2/v2.0/token" % (tenant.url, tenant.client["tenantId"]), data=form)
    with urllib.request.urlopen(q, context=tenant.tls) as answer:
        token = g.json.load(answer)["access_token"]
    return tenant.request(method, "/v1.0" + path, body, token)
