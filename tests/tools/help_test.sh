#!/bin/sh
# The examples in the help of commands that need no token: each runs as it stands.
#   help_test.sh <path of florin>
set -u

PATH=$(dirname "$1"):$PATH
export PATH
failed=0

while read -r command; do
  # shellcheck disable=SC2086
  example=$(florin $command --help | sed -n '/^Example: /,$p' | sed 's/^Example: //')
  if ! output=$(sh -c "$example" 2>&1) || [ -z "$example" ]; then
    echo "FAILED: $command: $example: $output"
    failed=1
  fi
done <<END
card cvv make
card dcvv make
card cvc3 make
card cavv make
card aav make
card iav make
card token-cryptogram make
card token-value make
card mac make
card cryptogram make
card dukpt mac
card dukpt verify
card dukpt encrypt
card dukpt decrypt
card pin translate
card pin verify
card pin reference
card pin generate
card arpc
card script mac
card script verify
card script encrypt
card script pinchange
card tlv
card ksn
card iad
card track2
card token-field
card profiles
key kcv
key parity
key block show
wallet google make
wallet hpke seal
wallet hpke open
wallet hpke explain
END
exit "$failed"
