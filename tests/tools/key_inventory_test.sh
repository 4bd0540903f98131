#!/bin/sh
# florin key list and florin key state on a copy of the token of tests/hsm_sim/tokens/README.md.
#   key_inventory_test.sh <path of florin> <path of the module> <folder of the token>
set -u

florin=$1
. "$(dirname "$0")/expect.sh"
use_token "$2" "$3"
command="key"
secrets="000102030405060708"

token="format one"
expect table 0 '8 keys in token "format one" (serial 5ad846ddce1e49d1)' list --token "$token"
expect past 0 "active, past its end  2020-01-01..2020-12-31" list --token "$token"
# The check value of the AES key 00..1F by CMAC, as openssl mac computes it.
expect kcv 0 'imported,,secret,AES,,32,256,' list --token "$token" --csv
expect kcv 0 'sign verify,active,process and protect,,,,377822,CMAC' list --token "$token" --csv
expect dates 0 'active,process,2020-01-01T00:00:00Z,2020-12-31T23:59:59Z' \
  list --token "$token" --csv
expect json 0 '"origin": "generated"' list --token "$token" --json
expect both 2 "excludes" list --token "$token" --json --csv
lines=$("$florin" key list --token "$token" --csv | wc -l)
if [ "$lines" -ne 9 ]; then
  echo "FAILED: csv: $lines lines, not a header and 8 keys"
  failed=1
fi

expect suspend 0 "imported: suspended, was active" state --token "$token" imported suspended
expect listed 0 "imported,,secret,AES,,32,256,,,,,,sign verify,suspended,nothing" \
  list --token "$token" --csv
expect same 1 "a suspended key can become" state --token "$token" imported suspended
expect resume 0 '{"label":"imported","from":"suspended","to":"active"}' \
  state --token "$token" imported active --json
expect unsaid 2 "say --final" state --token "$token" imported retired
expect retire 0 "imported: retired, was active" state --token "$token" imported retired --final
expect back 1 "a retired key can become compromised only" state --token "$token" imported active
expect end 0 "compromised, was retired" state --token "$token" imported compromised --final
expect pair 0 "pair: suspended" state --token "$token" pair suspended --class private
expect other_half 0 'pair,,public,EC,P-256,65,128,,,,,,verify,active' list --token "$token" --csv
expect unknown_state 2 "no state 'destroyed'" state --token "$token" visible destroyed
expect unknown_key 2 "no key" state --token "$token" nobody suspended
expect wrong_id 2 "no key" state --token "$token" visible suspended --id 01
expect bad_id 2 "hex" state --token "$token" visible suspended --id xy
expect unknown_token 2 "no token" list --token nowhere
FLORIN_PIN=9999
expect wrong_pin 2 "PIN" list --token "$token"
unset FLORIN_PIN
expect no_pin 2 "FLORIN_PIN" list --token "$token"
exit "$failed"
