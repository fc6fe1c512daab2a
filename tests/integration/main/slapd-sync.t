#!/bin/bash
# The same directory by the synchronisation service, with half a reply and kills.
ROAD=sync exec bash "$(dirname "$0")/slapd.t"
