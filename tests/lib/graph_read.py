"""graph_read.py -- a tenant read over HTTPS with Python's own library alone.

  Tenant(endpoint, tenant, client_id, secret, ca).dump() gives what
  graph_dump.mjs prints: users with manager, groups with members.
"""
import http.client
import json
import ssl
import urllib.parse

USER = ('id,userPrincipalName,accountEnabled,displayName,givenName,surname,mail,mailNickname,department,companyName,'
        'jobTitle,officeLocation,city,state,country,streetAddress,postalCode,businessPhones,mobilePhone,faxNumber,'
        'employeeId,employeeType,preferredLanguage,usageLocation,onPremisesImmutableId,onPremisesExtensionAttributes')
GROUP = 'id,displayName,description,mailNickname,mailEnabled,securityEnabled,groupTypes'


class Tenant:
    def __init__(self, endpoint, tenant, client_id, secret, ca):
        self.url = urllib.parse.urlsplit(endpoint)
        context = ssl.create_default_context(cafile=ca)
        self.http = http.client.HTTPSConnection(self.url.hostname, self.url.port, context=context, timeout=60)
        self.headers = {}
        form = urllib.parse.urlencode({
            'grant_type': 'client_credentials', 'client_id': client_id, 'client_secret': secret,
            'scope': 'https://graph.microsoft.com/.default'})
        answer = self.call('POST', '/%s/oauth2/v2.0/token' % tenant, form,
                           {'Content-Type': 'application/x-www-form-urlencoded'})
        self.headers = {'Authorization': 'Bearer ' + answer['access_token']}

    def call(self, method, path, body=None, headers=None):
        self.http.request(method, path, body, {**self.headers, **(headers or {})})
        r = self.http.getresponse()
        text = r.read()
        if r.status >= 300:
            raise RuntimeError('%s %s: %d %s' % (method, path, r.status, text.decode(errors='replace')[:300]))
        return json.loads(text) if text else None

    def get(self, path):
        return self.call('GET', path)

    def all(self, path, select):
        path, rows = '/v1.0%s?$select=%s&$top=999' % (path, select), []
        while path:
            page = self.get(path)
            rows += page['value']
            path = page.get('@odata.nextLink')
            if path:
                parts = urllib.parse.urlsplit(path)
                path = parts.path + '?' + parts.query
        return rows

    def managers(self, users):
        for i in range(0, len(users), 20):
            some = users[i:i + 20]
            asked = [{'id': str(n), 'method': 'GET', 'url': '/users/%s/manager?$select=id' % u['id']}
                     for n, u in enumerate(some)]
            answer = self.call('POST', '/v1.0/$batch', json.dumps({'requests': asked}),
                               {'Content-Type': 'application/json'})
            for r in answer['responses']:
                if r['status'] not in (200, 404):
                    raise RuntimeError('manager of %s: %d' % (some[int(r['id'])]['userPrincipalName'], r['status']))
                some[int(r['id'])]['manager'] = r['body']['id'] if r['status'] == 200 else None

    def full_dump(self):
        """What came by the synchronisation service, too: contacts, devices, and who masters an object."""
        more = ',onPremisesSyncEnabled,proxyAddresses'
        users = self.all('/users', USER + more + ',onPremisesSamAccountName,onPremisesDomainName')
        groups = self.all('/groups', GROUP + more + ',mail')
        contacts = self.all('/contacts', 'id,displayName,mail,givenName,surname,companyName,proxyAddresses,'
                                         'onPremisesSyncEnabled')
        devices = self.all('/devices', 'id,displayName,deviceId,trustType,operatingSystem,accountEnabled,'
                                       'onPremisesSyncEnabled')
        self.managers(users)
        for g in groups:
            g['members'] = [m['id'] for m in self.all('/groups/%s/members' % g['id'], 'id')]
        return {'users': users, 'groups': groups, 'contacts': contacts, 'devices': devices}

    def dump(self):
        users, groups = self.all('/users', USER), self.all('/groups', GROUP)
        self.managers(users)
        for g in groups:
            g['members'] = [m['id'] for m in self.all('/groups/%s/members' % g['id'], 'id')]
        return {'users': users, 'groups': groups}
