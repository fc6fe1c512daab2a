#!/usr/bin/env python3
"""forest_grant.py DIR DN RIGHT ACCOUNT... -- gives accounts a right in the forest of forest.sh in folder DIR.

  see-deleted   these accounts, and no others, may see what was deleted
  get-changes   they may replicate (DirSync without LDAP_DIRSYNC_OBJECT_SECURITY)

With the commands of docs/operations/permissions.md, on the controller's own database.
"""
import re
import subprocess
import sys


def command(*args, text=''):
    p = subprocess.run(args, input=text, capture_output=True, text=True)
    if p.returncode != 0:
        sys.exit('%s: %s%s' % (args[0], p.stdout, p.stderr))
    return p.stdout


folder, base, right, *accounts = sys.argv[1:]
db = ['-H', folder + '/private/sam.ldb', '--configfile=%s/smb.conf' % folder]
found = {a: command('ldbsearch', *db, '-b', base, '(sAMAccountName=%s)' % a, 'objectSid') for a in accounts}
if right == 'see-deleted':
    sids = [re.search(r'^objectSid: (\S+)$', f, re.M).group(1) for f in found.values()]
    command('ldbmodify', *db, '--controls=show_deleted:1', '--controls=sd_flags:1:4',
            text='dn: CN=Deleted Objects,%s\nchangetype: modify\nreplace: nTSecurityDescriptor\n'
            'nTSecurityDescriptor: D:PAI(A;;RPWPCCDCLCRCWOWDSDSW;;;SY)(A;;RPLC;;;BA)%s\n' % (
                base, ''.join('(A;;RPLC;;;%s)' % s for s in sids)))
elif right == 'get-changes':
    for f in found.values():
        command('samba-tool', 'dsacl', 'set', *db, '--objectdn=' + base, '--action=allow', '--car=get-changes',
                '--trusteedn=' + re.search(r'^dn: (.+)$', f, re.M).group(1))
else:
    sys.exit('no right %s' % right)
