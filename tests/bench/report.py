#!/usr/bin/env python3
"""report.py FOLDER BUILD -- the figures of bench.sh as a Markdown table."""
import json
import os
import pathlib
import platform
import subprocess
import sys

ROWS = [('raw', 'reader on libldap alone'), ('ldapsearch', 'ldapsearch'), ('import', 'full import'),
        ('sync', 'full synchronisation'), ('export', 'export to the tenant'), ('confirm', 'cycle that confirms'),
        ('idle', 'idle cycle'), ('same', 'full import, nothing changed'), ('percent', 'cycle, 1 % changed')]


def cpu_name():
    for line in open('/proc/cpuinfo'):
        if line.startswith('model name'):
            return line.split(':')[1].strip()
    return platform.machine()


folder, build = pathlib.Path(sys.argv[1]), sys.argv[2]
version = subprocess.run([build + '/src/bin/causeway', '--version'], capture_output=True, text=True).stdout.strip()
print('%s on %s, %d cores, load %.1f at the end' % (version, cpu_name(), os.cpu_count(), os.getloadavg()[0]))
for size in sorted((int(p.name) for p in folder.iterdir() if p.name.isdigit())):
    figures = {name: json.loads((folder / str(size) / (name + '.json')).read_text()) for name, _ in ROWS}
    objects = json.loads((folder / str(size) / 'raw.out').read_text())['entries']
    print('\n%d people, %d objects\n' % (size, objects))
    print('| step | seconds | objects/s | CPU s | anonymous memory |')
    print('|---|--:|--:|--:|--:|')
    for name, label in ROWS:
        f = figures[name]
        print('| %s | %.2f | %d | %.2f | %.1f MB |' % (
            label, f['seconds'], objects / f['seconds'], f['user'] + f['system'], f['anonymous_kb'] / 1024))
    cpu = {name: f['user'] + f['system'] for name, f in figures.items()}
    print('\nimport / raw reader: %.2f in time, %.2f in CPU; sync: %d objects/s, %d in a second of CPU' % (
        figures['import']['seconds'] / figures['raw']['seconds'], cpu['import'] / cpu['raw'],
        objects / figures['sync']['seconds'], objects / cpu['sync']))
print('\nThe default rules alone, on one core\n')
print(''.join('    ' + line for line in (folder / 'rules.out').open()), end='')
