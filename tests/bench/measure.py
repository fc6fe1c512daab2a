#!/usr/bin/env python3
"""measure.py OUT.json COMMAND... -- runs COMMAND and writes what it cost:
seconds, CPU seconds, and the most anonymous memory that a look every 10 ms
saw (RssAnon of /proc/PID/status: without mapped files, the store's among
them).  The command's exit code is kept; its output goes where ours goes."""
import json
import os
import subprocess
import sys
import time


def anonymous(pid):
    try:
        with open('/proc/%d/status' % pid) as f:
            for line in f:
                if line.startswith('RssAnon:'):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


def measured(command):
    began = time.monotonic()
    p = subprocess.Popen(command)
    peak = 0
    while True:
        pid, status, usage = os.wait4(p.pid, os.WNOHANG)
        if pid:
            break
        peak = max(peak, anonymous(p.pid))
        time.sleep(0.01)
    p.returncode = os.waitstatus_to_exitcode(status)
    return {'seconds': time.monotonic() - began, 'user': usage.ru_utime, 'system': usage.ru_stime, 'anonymous_kb': peak,
            'code': p.returncode}


if __name__ == '__main__':
    result = measured(sys.argv[2:])
    with open(sys.argv[1], 'w') as f:
        json.dump(result, f)
    sys.exit(result['code'])
