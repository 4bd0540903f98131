// Mastercard JWE. Their library sends A256GCM only, and opens four encryptions.
import mastercard from "mastercard-client-encryption";
import { payloadNamesFor, payloads } from "./mastercard_parties.mjs";
import {
  alteredCompact,
  expectRefusedByFlorin,
  expectRefusedByThem,
  expectSame,
  hex,
} from "./peer.mjs";

// Of cases; README.md has the numbers.
export const slashes = 'JWE with "/" of theirs, refused by Florin';

const url = "/cards";
const parts = ["the header", "the encrypted key", "the IV", "the ciphertext", "the tag"];
const ivLengths = {
  A128GCM: [12, 16], A192GCM: [12, 16], A256GCM: [12, 16], "A128CBC-HS256": [12],
};
// The whole body, and one member of it beside another that stays.
const places = {
  "the body": {
    toEncrypt: [{ element: "$", obj: "$" }],
    toDecrypt: [{ element: "encryptedData", obj: "$" }],
    put: (payload) => structuredClone(payload),
    wrap: (text) => ({ encryptedData: text }),
    get: (body) => body,
  },
  "a member": {
    toEncrypt: [{ element: "card", obj: "secured" }],
    toDecrypt: [{ element: "secured", obj: "card" }],
    put: (payload) => ({ card: structuredClone(payload), other: 1 }),
    wrap: (text) => ({ secured: { encryptedData: text }, other: 1 }),
    get: (body) => body.card,
  },
};

function library(place, files, more = {}) {
  return new mastercard.JweEncryption({
    paths: [{ path: url, toEncrypt: place.toEncrypt, toDecrypt: place.toDecrypt }],
    encryptionCertificate: files.certificate,
    privateKey: files.key,
    encryptedValueFieldName: "encryptedData",
    ...more,
  });
}

const opensAs = (theirs, place, text) =>
  JSON.stringify(place.get(theirs.decrypt({ request: { url }, body: place.wrap(text) })));

// No tag is verified of A128CBC-HS256, and of AES-GCM one of 4 bytes is enough.
function expectTheirHabits(theirs, place, enc, text, json) {
  const [header, key, iv, ciphertext, tag] = text.split(".");
  const cut = Buffer.from(tag, "base64url").subarray(0, 4).toString("base64url");
  const other = enc === "A128CBC-HS256" ? Buffer.alloc(16).toString("base64url") : cut;
  const changed = [header, key, iv, ciphertext, other].join(".");
  expectSame("their habit", opensAs(theirs, place, changed), json);
  return changed;
}

async function florinSeals({ peer, tally, party }, enc, ivLength, placeName, payloadName) {
  const place = places[placeName];
  const json = JSON.stringify(payloads[payloadName]);
  const name = `${party.name} ${enc} IV ${ivLength}, ${payloadName} in ${placeName}`;
  const theirs = library(place, party.theirs);
  const opens = (text) => opensAs(theirs, place, text);
  let text;
  await tally.case("JWE, Florin -> theirs", name, async () => {
    ({ text } = await peer.ask({ do: "seal_jwe", enc, iv_length: ivLength,
      certificate: party.theirs.der, plaintext: hex(Buffer.from(json)) }));
    expectSame("plaintext", opens(text), json);
    const header = JSON.parse(Buffer.from(text.split(".")[0], "base64url"));
    expectSame("kid", header.kid, theirs.crypto.publicKeyFingerprint);
  });
  if (!text) return;
  const isGcm = enc.endsWith("GCM");
  await tally.case("JWE altered, Florin -> theirs", name, async () => {
    // Of A128CBC-HS256 they see a change of the key only: below.
    for (const [part, changed] of alteredCompact(text, parts)) {
      if (isGcm || part === "the encrypted key") {
        await expectRefusedByThem(() => opens(changed), part);
      }
    }
  });
  const habit = isGcm ? "a tag of 4 bytes" : "any tag of A128CBC-HS256";
  await tally.case(`JWE with ${habit}, which they take`, name, async () =>
    expectTheirHabits(theirs, place, enc, text, json));
}

// Their habits, with a text that Florin could open.
async function florinRefusesHabits({ peer, tally, party }, enc) {
  const name = `${party.name} ${enc}`;
  await tally.case("JWE with a tag cut or exchanged, refused by Florin", name, async () => {
    const request = { do: "seal_jwe", enc, iv_length: 12, spki: party.ours.spki };
    const { text } = await peer.ask({ ...request, plaintext: hex(Buffer.from("{}")) });
    const open = { do: "open_jwe", key: party.ours.key };
    expectSame("plaintext", (await peer.ask({ ...open, text })).plaintext, hex(Buffer.from("{}")));
    const head = text.slice(0, text.lastIndexOf(".") + 1);
    for (const size of [4, 16]) {
      const changed = head + Buffer.alloc(size).toString("base64url");
      await expectRefusedByFlorin(peer, { ...open, text: changed }, `a tag of ${size} bytes`);
    }
    for (const [part, changed] of alteredCompact(text, parts)) {
      await expectRefusedByFlorin(peer, { ...open, text: changed }, part);
    }
  });
}

// They write "/" where base64url has "_" (their toEncodedString replaces "\"). Florin refuses the
// text as it is, and takes it as it should have been.
async function theirsSeals({ peer, tally, party }, placeName, payloadName, fingerprint) {
  const place = places[placeName];
  const payload = payloads[payloadName];
  const name = `${party.name}, ${payloadName} in ${placeName}, ${fingerprint.name}`;
  const theirs = library(place, { certificate: party.ours.certificate }, fingerprint.config);
  const { body } = theirs.encrypt(url, {}, place.put(payload));
  const raw = placeName === "the body" ? body.encryptedData : body.secured.encryptedData;
  const request = { do: "open_jwe", key: party.ours.key, kid: theirs.crypto.publicKeyFingerprint };
  const text = raw.replaceAll("/", "_");
  await tally.case("JWE, theirs -> Florin", name, async () => {
    const opened = await peer.ask({ ...request, text });
    expectSame("plaintext", Buffer.from(opened.plaintext, "hex").toString(),
      JSON.stringify(payload));
    if (fingerprint.isOurs) expectSame("kid", opened.kid, party.ours.spki_hash);
  });
  if (raw !== text) {
    await tally.case(slashes, name, () =>
      expectRefusedByFlorin(peer, { ...request, text: raw }, "no base64url"));
  }
  await tally.case("JWE altered, theirs -> Florin", name, async () => {
    for (const [part, changed] of alteredCompact(text, parts)) {
      await expectRefusedByFlorin(peer, { ...request, text: changed }, part);
    }
    await expectRefusedByFlorin(peer, { ...request, kid: "another", text }, "another kid");
  });
}

const fingerprints = [
  { name: "kid by default", config: {}, isOurs: true },
  { name: "kid of the key", config: { publicKeyFingerprintType: "publicKey" }, isOurs: true },
  { name: "kid of the certificate",
    config: { publicKeyFingerprintType: "certificate", dataEncoding: "hex" } },
  { name: "kid of the certificate in base64",
    config: { publicKeyFingerprintType: "certificate", dataEncoding: "base64" } },
  { name: "kid as given", config: { publicKeyFingerprint: "partner-key-2027" } },
];

export async function checkJwe(peer, tally, party) {
  const all = { peer, tally, party };
  for (const placeName of Object.keys(places)) {
    for (const payloadName of payloadNamesFor(party)) {
      for (const [enc, lengths] of Object.entries(ivLengths)) {
        for (const length of lengths) {
          await florinSeals(all, enc, length, placeName, payloadName);
        }
      }
      for (const kind of fingerprints) await theirsSeals(all, placeName, payloadName, kind);
    }
  }
  for (const enc of Object.keys(ivLengths)) await florinRefusesHabits(all, enc);
}
