#!/bin/sh
# The same by the synchronisation service, with fewer points.
KILL_ROAD=sync KILL_POINTS=${KILL_POINTS:-12} exec python3 "$(dirname "$0")/kill.t"
