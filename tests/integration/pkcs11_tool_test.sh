#!/bin/sh
# Drives the module with OpenSC's pkcs11-tool, and checks its results with openssl, as an operator
# would. Exit 77 (skipped) where the tools are not installed.
#   pkcs11_tool_test.sh <path of libflorin-pkcs11.so>
set -u

module=$(readlink -f "$1")
for tool in pkcs11-tool openssl; do
  if ! command -v "$tool" >/dev/null 2>&1; then
    echo "SKIPPED: $tool is not installed (Debian packages opensc, openssl)"
    exit 77
  fi
done

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
FLORIN_HSM_DIR=$work/tokens
FLORIN_HSM_PIN_KDF=minimal
export FLORIN_HSM_DIR FLORIN_HSM_PIN_KDF
unset FLORIN_HSM_POLICY
pin=1234
so_pin=87654321
failed=0

tool() { pkcs11-tool --module "$module" "$@"; }
user() { tool --login --pin "$pin" "$@"; }

# step <name> <command...>: must succeed.
step() {
  name=$1
  shift
  if "$@" >log 2>&1; then
    echo "ok      $name"
  else
    echo "FAILED  $name"
    sed 's/^/        /' log
    failed=1
  fi
}

# refused <CK_RV name> <name> <command...>: must fail, and say why.
refused() {
  reason=$1
  name=$2
  shift 2
  if "$@" >log 2>&1 || ! grep -q "$reason" log; then
    echo "FAILED  $name: not refused with $reason"
    sed 's/^/        /' log
    failed=1
  else
    echo "ok      $name"
  fi
}

# says <text> <name> <command...>: must print the text.
says() {
  text=$1
  name=$2
  shift 2
  if "$@" >log 2>&1 && grep -q "$text" log; then
    echo "ok      $name"
  else
    echo "FAILED  $name: does not say '$text'"
    sed 's/^/        /' log
    failed=1
  fi
}

printf 'hello world' >data
printf '12345678901234567890' >digest-of-nothing
openssl ecparam -name prime256v1 -genkey -noout -out peer.pem 2>/dev/null
openssl ec -in peer.pem -pubout -outform DER -out peer.der 2>/dev/null
openssl req -x509 -key peer.pem -subj /CN=test -outform DER -out certificate.der -days 2 2>/dev/null

step "init-token" tool --init-token --label demo --so-pin "$so_pin"
step "init-pin" tool --login --login-type so --so-pin "$so_pin" --init-pin --pin "$pin"
says "HSM simulator" "list-slots" tool --list-slots
says "AES-GCM" "list-mechanisms" tool --list-mechanisms
refused "CKR_PIN_INCORRECT" "wrong PIN" tool --login --pin 9999 --list-objects

step "keygen AES" user --keygen --key-type AES:32 --label aes --id 01
step "keygen DES3" user --keygen --key-type DES3:24 --label des3 --id 02
step "keygen generic" user --keygen --key-type GENERIC:32 --label generic --id 03
step "keypairgen to sign" user --keypairgen --key-type EC:prime256v1 --label sign --id 04 \
  --usage-sign
step "keypairgen to derive" user --keypairgen --key-type EC:prime256v1 --label derive --id 05 \
  --usage-derive
refused "CKR_TEMPLATE_INCONSISTENT" "no pair both signs and derives" \
  user --keypairgen --key-type EC:prime256v1 --label both --id 06 --usage-sign --usage-derive
says "aes" "list-objects" user --list-objects

step "sign" user --sign -m ECDSA-SHA256 --id 04 -i data -o signature --signature-format openssl
step "read public key" user --read-object --type pubkey --id 04 -o public.der
step "openssl accepts the signature" sh -c \
  'openssl ec -pubin -inform DER -in public.der -out public.pem &&
   openssl dgst -sha256 -verify public.pem -signature signature data'
says "Signature is valid" "verify" user --verify -m ECDSA-SHA256 --id 04 -i data \
  --signature-file signature --signature-format openssl

# Other curves. OpenSC 0.23 cannot export public Ed25519 keys: it looks for DER around the point.
step "keypairgen P-521" user --keypairgen --key-type EC:secp521r1 --label p521 --id 21 --usage-sign
step "sign P-521" user --sign -m ECDSA-SHA512 --id 21 -i data -o p521.sig --signature-format openssl
step "read public key of P-521" user --read-object --type pubkey --id 21 -o p521.der
step "openssl accepts the signature of P-521" \
  openssl dgst -sha512 -verify p521.der -keyform DER -signature p521.sig data
step "keypairgen Ed25519" user --keypairgen --key-type EC:edwards25519 --label ed25519 --id 22 \
  --usage-sign
step "sign Ed25519" user --sign -m EDDSA --id 22 -i data -o ed25519.sig
says "Signature is valid" "verify Ed25519" user --verify -m EDDSA --id 22 -i data \
  --signature-file ed25519.sig

iv=000102030405060708090a0b0c0d0e0f
step "encrypt" user --encrypt -m AES-CBC-PAD --id 01 --iv "$iv" -i data -o sealed
step "decrypt" user --decrypt -m AES-CBC-PAD --id 01 --iv "$iv" -i sealed -o opened
step "the text comes back" cmp data opened
step "hash" user --hash -m SHA256 -i data -o digest
step "the digest is openssl's" sh -c 'openssl dgst -sha256 -binary data | cmp - digest'
# The tool asks for the secret in clear; a sensitive key never gives one.
refused "CKR_TEMPLATE_INCONSISTENT" "derive in clear from a sensitive key" \
  user --derive -m ECDH1-DERIVE --id 05 -i peer.der -o secret

step "write private data" user --write-object data --type data --label note --private
step "read private data" user --read-object --type data --label note -o note
step "the data comes back" cmp data note
step "write certificate" user --write-object certificate.der --type cert --label cert --id 07
says "CN=test" "a certificate is seen without a PIN" tool --list-objects --type cert
step "write private key" user --write-object peer.pem --type privkey --label brought --id 08 \
  --usage-sign
step "delete key" user --delete-object --type privkey --id 08
step "delete certificate" user --delete-object --type cert --id 07
step "change PIN" user --change-pin --new-pin 4321
pin=4321
step "random" user --generate-random 32 -o random
says "No errors" "test" user --test
step "test-fork" user --test-fork

# After the tool's own test, which signs with every RSA key in the name of SHA-1.
step "keypairgen RSA to sign" user --keypairgen --key-type rsa:2048 --label rsa-sign --id 0a \
  --usage-sign
step "keypairgen RSA to decrypt" user --keypairgen --key-type rsa:2048 --label rsa-open --id 0b \
  --usage-decrypt
refused "CKR_ATTRIBUTE_VALUE_INVALID" "no RSA of 1024 bits" \
  user --keypairgen --key-type rsa:1024 --label short --id 0c --usage-sign
step "read RSA public key" user --read-object --type pubkey --id 0a -o rsa.der
openssl pkey -pubin -inform DER -in rsa.der -out rsa.pem 2>/dev/null
step "sign RSA" user --sign -m SHA256-RSA-PKCS --id 0a -i data -o rsa.sig
step "openssl accepts the RSA signature" \
  openssl dgst -sha256 -verify rsa.pem -signature rsa.sig data
step "sign PSS" user --sign -m SHA384-RSA-PKCS-PSS --id 0a -i data -o pss.sig \
  --mgf MGF1-SHA384 --salt-len 48
step "openssl accepts the PSS signature" \
  openssl dgst -sha384 -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:48 \
  -verify rsa.pem -signature pss.sig data
refused "CKR_MECHANISM_PARAM_INVALID" "PSS with SHA-1" user --sign -m RSA-PKCS-PSS --id 0a \
  -i digest-of-nothing -o pss.bad --hash-algorithm SHA-1 --mgf MGF1-SHA1 --salt-len 20
user --read-object --type pubkey --id 0b -o open.der >/dev/null 2>&1
openssl pkey -pubin -inform DER -in open.der -out open.pem 2>/dev/null
openssl pkeyutl -encrypt -pubin -inkey open.pem -in data -out oaep -pkeyopt rsa_padding_mode:oaep \
  -pkeyopt rsa_oaep_md:sha256 -pkeyopt rsa_mgf1_md:sha256
step "decrypt OAEP" user --decrypt -m RSA-PKCS-OAEP --hash-algorithm SHA256 --mgf MGF1-SHA256 \
  --id 0b -i oaep -o opened
step "the text comes back from openssl" cmp data opened
openssl genrsa -traditional -out brought.pem 2048 2>/dev/null
openssl rsa -in brought.pem -outform DER -out brought.der 2>/dev/null
step "write RSA private key" user --write-object brought.der --type privkey --label brought-rsa \
  --id 0d --usage-sign
step "sign with the RSA key brought" user --sign -m SHA256-RSA-PKCS --id 0d -i data -o rsa.sig
openssl rsa -in brought.pem -pubout -out brought.pub 2>/dev/null
step "openssl accepts that one, too" \
  openssl dgst -sha256 -verify brought.pub -signature rsa.sig data

exit "$failed"
