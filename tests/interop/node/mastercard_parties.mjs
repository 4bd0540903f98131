// Keys and certificates of both sides, and what is sent.
import { execFileSync } from "node:child_process";
import { X509Certificate, createPublicKey } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import mastercard from "mastercard-client-encryption";
import { expectSame, hex } from "./peer.mjs";

const rsaLengths = [256, 384, 512];
const folder = dirname(fileURLToPath(import.meta.url));
const at = (name) => join(folder, name);
const openssl = (...args) => execFileSync("openssl", args, { stdio: "pipe" });
const subject = ["-subj", "/CN=Florin interop test"];

function hasOpenssl() {
  try {
    openssl("version");
    return true;
  } catch {
    return false;
  }
}

// Theirs: a key in a file, and its certificate.
function makeTheirs(length) {
  const key = at(`theirs-${length}.key.pem`);
  const certificate = at(`theirs-${length}.cert.pem`);
  openssl("req", "-x509", "-newkey", `rsa:${length * 8}`, "-nodes", "-days", "2", ...subject,
    "-keyout", key, "-out", certificate);
  return { key, certificate, der: hex(new X509Certificate(readFileSync(certificate)).raw) };
}

// Florin's: a certificate for a key that never leaves its session, signed by one of theirs.
async function makeOurs(peer, length, issuer) {
  const made = await peer.ask({ do: "pair", rsa_length: length });
  const spki = { key: Buffer.from(made.spki, "hex"), format: "der", type: "spki" };
  const [publicKey, request, certificate] = ["pub", "csr", "cert"].map((kind) =>
    at(`ours-${length}.${kind}.pem`));
  writeFileSync(publicKey, createPublicKey(spki).export({ format: "pem", type: "spki" }));
  openssl("req", "-new", "-key", issuer.key, ...subject, "-out", request);
  openssl("x509", "-req", "-in", request, "-CA", issuer.certificate, "-CAkey", issuer.key,
    "-set_serial", String(length), "-days", "2", "-force_pubkey", publicKey, "-out", certificate);
  return { ...made, certificate };
}

const fingerprintOf = (path) =>
  mastercard.EncryptionUtils.publicKeyFingerprint(
    mastercard.EncryptionUtils.readPublicCertificate(path),
  );

// One for each length of RSA. Undefined without openssl.
export async function makeParties(peer, tally) {
  if (!hasOpenssl()) return undefined;
  const parties = [];
  for (const length of rsaLengths) {
    const theirs = makeTheirs(length);
    const ours = await makeOurs(peer, length, theirs);
    const name = `RSA ${length * 8}`;
    await tally.case("fingerprints of public keys, both ways", name, async () => {
      const described = await peer.ask({ do: "describe", certificate: theirs.der });
      expectSame("of theirs", described.spki_hash, fingerprintOf(theirs.certificate));
      expectSame("of ours", ours.spki_hash, fingerprintOf(ours.certificate));
    });
    parties.push({ name, length, ours, theirs });
  }
  return parties;
}

// Their RSA, in JavaScript, is slow: longer keys get fewer forms, and one message for each.
export const isShort = (party) => party.length === rsaLengths[0];
export const payloadNamesFor = (party) =>
  Object.keys(payloads).slice(0, isShort(party) ? undefined : 1);

// What is sent. Their library makes text of it by JSON.stringify.
export const payloads = {
  "a card": { cardNumber: "5555555555554444", expiryMonth: "12", expiryYear: "2030" },
  "an object in objects": { a: { b: { c: [1, "2", null, true, { d: -1.5 }] } } },
  "an array": [{}, { foo: "bar" }, []],
  "one block of text": { a: "12345678" },
  "long text": { text: "0123456789abcdef".repeat(300) },
  "text that is not ASCII": { name: "Zoë Müller ✓ 😀", city: "Đà Nẵng" },
};
