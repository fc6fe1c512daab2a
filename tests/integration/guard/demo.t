#!/bin/bash
# The five accidents of `make demo-safety`: it exits non-zero where one is not
# caught, or not repaired.
here=$(cd "$(dirname "$0")" && pwd)
root=$here/../../..
. "$here/../../lib/tap.sh"
scratch
export BUILD=${BUILD:-$root/build}
run "$root/tools/demo-safety.sh"
is "$rc" 0 'five accidents are caught and repaired'
[ "$rc" = 0 ] || _tap_note "$err"
like "$out" 'would delete 200 of 200' 'the slip in the base would have emptied the target'
like "$out" 'the base of corp changed' 'and is named'
like "$out" 'left the scope of corp: 40' 'the emptied OU is named'
like "$out" 'would lose department' 'the rule is named'
like "$out" 'is written to by another Causeway' 'the second server is named'
like "$out" 'only this value waits' 'the bad value is named'
done_testing
