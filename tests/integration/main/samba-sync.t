#!/bin/bash
# The same forest by the synchronisation service, with lists, guests, computers
# and addresses: quarantine, who comes back, faults, kills; and a client that is
# not ours, which makes the same objects of it.
ROAD=sync exec bash "$(dirname "$0")/samba.t"
