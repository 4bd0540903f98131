// Mastercard's field level encryption, in the body or with its parts in HTTP headers.
import mastercard from "mastercard-client-encryption";
import { isShort, payloadNamesFor, payloads } from "./mastercard_parties.mjs";
import { expectRefusedByFlorin, expectRefusedByThem, expectSame, flipBit, hex } from "./peer.mjs";

const url = "/cards";
const members = { value: "encryptedValue", key: "encryptedKey", iv: "iv" };
const headers = { key: "x-encrypted-key", iv: "x-iv", oaep: "x-oaep", fingerprint: "x-key" };
// What is opened once more for each change; the others are opened as they are.
const alteredPayloads = ["a card", "one block of text"];
// Names that the profile of Florin knows; the certificate's is passed over.
const fingerprints = {
  "no fingerprint": {},
  "the key's fingerprint": { type: "publicKey", field: "encryptionKeyFingerprint" },
  "the certificate's fingerprint": {
    type: "certificate", field: "encryptionCertificateFingerprint",
  },
};

function library({ encoding, oaep, inHeaders, namesOaep, fingerprint }, files) {
  const print = fingerprints[fingerprint];
  const config = {
    paths: [{ path: url, toEncrypt: [{ element: "$", obj: "$" }],
      toDecrypt: [{ element: "$", obj: "$" }] }],
    encryptionCertificate: files.certificate,
    privateKey: files.key,
    dataEncoding: encoding,
    oaepPaddingDigestAlgorithm: `SHA-${oaep}`,
    encryptedValueFieldName: members.value,
    publicKeyFingerprintType: print.type,
  };
  if (inHeaders) {
    Object.assign(config, { ivHeaderName: headers.iv, encryptedKeyHeaderName: headers.key,
      oaepHashingAlgorithmHeaderName: headers.oaep,
      publicKeyFingerprintHeaderName: print.type && headers.fingerprint });
  } else {
    Object.assign(config, { ivFieldName: members.iv, encryptedKeyFieldName: members.key,
      publicKeyFingerprintFieldName: print.field,
      oaepHashingAlgorithmFieldName: namesOaep ? "oaepHashingAlgorithm" : undefined });
  }
  return new mastercard.FieldLevelEncryption(config);
}

// Florin's object as a response to their library.
function responseOf(object, inHeaders) {
  if (!inHeaders) return { request: { url }, body: structuredClone(object) };
  return {
    request: { url },
    body: { [members.value]: object.encryptedValue },
    header: { [headers.key]: object.encryptedKey, [headers.iv]: object.iv,
      [headers.oaep]: object.oaepHashingAlgorithm,
      [headers.fingerprint]: object.encryptionKeyFingerprint },
  };
}

// They give the bytes of UTF-8 back as characters.
const asSent = (opened) => Buffer.from(JSON.stringify(opened), "latin1").toString("utf8");

// `change` applied to the bytes of one member.
function altered(object, name, encoding, change) {
  const data = change(Buffer.from(object[name], encoding));
  return { ...object, [name]: data.toString(encoding) };
}

// In the block before the last: the padding becomes a number above 16.
function spoilPadding(data) {
  const changed = Buffer.from(data);
  changed[changed.length - 17] ^= 0x80;
  return changed;
}

async function florinSeals({ peer, tally, party }, form, payloadName) {
  const json = JSON.stringify(payloads[payloadName]);
  const name = `${party.name} ${form.name}, ${payloadName}`;
  const theirs = library(form, party.theirs);
  const opens = (object) => asSent(theirs.decrypt(responseOf(object, form.inHeaders)));
  let object;
  await tally.case("fields, Florin -> theirs", name, async () => {
    const { text } = await peer.ask({ do: "seal_fields", certificate: party.theirs.der,
      encoding: form.encoding, oaep: form.oaep, plaintext: hex(Buffer.from(json)) });
    object = JSON.parse(text);
    expectSame("plaintext", opens(object), json);
    const fingerprint = theirs.crypto.publicKeyFingerprint;
    if (form.fingerprint === "the key's fingerprint") {
      expectSame("fingerprint", object.encryptionKeyFingerprint, fingerprint);
    }
  });
  if (!object || !alteredPayloads.includes(payloadName)) return;
  await tally.case("fields altered, Florin -> theirs", name, async () => {
    const wrong = altered(object, "encryptedKey", form.encoding, flipBit);
    await expectRefusedByThem(() => opens(wrong), "the encrypted key");
    const other = { ...object, oaepHashingAlgorithm: form.oaep === 256 ? "SHA512" : "SHA256" };
    await expectRefusedByThem(() => opens(other), "the other hash");
    // Nothing is authenticated: what was sent does not come out, and no more is promised.
    for (const part of ["iv", "encryptedValue"]) {
      const changed = altered(object, part, form.encoding, flipBit);
      if (opens(changed) === json) throw new Error(`${part}: a change made no difference`);
    }
  });
  await tally.case("fields with wrong padding, which they take", name, async () =>
    void opens(altered(object, "encryptedValue", form.encoding, spoilPadding)));
}

// What their library sent, as Florin is asked to open it.
function openRequest(theirs, form, party, payload) {
  const header = {};
  const { body } = theirs.encrypt(url, header, structuredClone(payload));
  const request = { do: "open_fields", key: party.ours.key, encoding: form.encoding,
    oaep: form.oaep, fingerprint: party.ours.spki_hash };
  // The certificate's is another number.
  if (form.inHeaders && form.fingerprint !== "the key's fingerprint") request.fingerprint = "";
  const object = form.inHeaders
    ? { value: body[members.value], key: header[headers.key], iv: header[headers.iv],
      oaep: header[headers.oaep], fingerprint: header[headers.fingerprint] ?? "" }
    : body;
  const names = form.inHeaders ? { value: "value", key: "key", iv: "iv" } : members;
  return { request, object, names };
}

async function theirsSeals({ peer, tally, party }, form, payloadName) {
  const payload = payloads[payloadName];
  const json = JSON.stringify(payload);
  const name = `${party.name} ${form.name}, ${payloadName}`;
  const theirs = library(form, { certificate: party.ours.certificate });
  const { request, object, names } = openRequest(theirs, form, party, payload);
  const asking = (parts) => ({ ...request,
    ...(form.inHeaders ? { parts } : { text: JSON.stringify(parts) }) });
  const textOf = (answer) => Buffer.from(answer.plaintext ?? "", "hex").toString();
  await tally.case("fields, theirs -> Florin", name, async () =>
    expectSame("plaintext", textOf(await peer.ask(asking(object))), json));
  await tally.case("fields altered, theirs -> Florin", name, async () => {
    const change = (part, how) => asking(altered(object, names[part], form.encoding, how));
    await expectRefusedByFlorin(peer, change("key", flipBit), "the encrypted key");
    await expectRefusedByFlorin(peer, change("value", spoilPadding), "the padding");
    const cut = (data) => data.subarray(1);
    await expectRefusedByFlorin(peer, change("value", cut), "a value that is no run of blocks");
    await expectRefusedByFlorin(peer, change("iv", cut), "an IV of 15 bytes");
    for (const part of ["iv", "value"]) {
      const answer = await peer.try(change(part, flipBit));
      if (textOf(answer) === json) throw new Error(`${part}: a change made no difference`);
    }
  });
  if (form.fingerprint !== "the key's fingerprint") return;
  await tally.case("fields for another key, refused by Florin", name, () =>
    expectRefusedByFlorin(peer, { ...asking(object), fingerprint: "0".repeat(64) }, "another"));
}

function everyForm() {
  const forms = [];
  for (const encoding of ["hex", "base64"]) {
    for (const oaep of [256, 512]) {
      for (const inHeaders of [false, true]) {
        for (const fingerprint of Object.keys(fingerprints)) {
          const where = inHeaders ? "headers" : "body";
          forms.push({ name: `${encoding} SHA-${oaep} ${where}, ${fingerprint}`, encoding, oaep,
            inHeaders, fingerprint, namesOaep: true,
            forLong: !inHeaders && fingerprint === "the key's fingerprint" });
        }
      }
      // The hash is agreed on, and not named.
      forms.push({ name: `${encoding} SHA-${oaep} body, no hash named`, encoding, oaep,
        inHeaders: false, fingerprint: "no fingerprint", namesOaep: false });
    }
  }
  return forms;
}

export async function checkFields(peer, tally, party) {
  const all = { peer, tally, party };
  for (const form of everyForm()) {
    if (!isShort(party) && !form.forLong) continue;
    for (const payloadName of payloadNamesFor(party)) {
      // Florin always names the hash.
      if (form.namesOaep) await florinSeals(all, form, payloadName);
      await theirsSeals(all, form, payloadName);
    }
  }
}
